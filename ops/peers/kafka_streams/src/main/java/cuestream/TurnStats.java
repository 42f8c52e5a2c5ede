package cuestream;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The comparison's work on Kafka Streams: per-conversation count, keyword hits and last five texts.
 *
 * <p>One stream thread; RocksDB, the default store, with its changelog; JSON by Jackson for inputs,
 * states and outputs. With {@code --cache on}, the store's record cache is on (its default size of
 * 10 MB), which coalesces writes to RocksDB and the changelog between commits; outputs stay one a
 * turn. Without {@code --commit-interval-ms} commits come at the defaults: every 30 s at least once,
 * every 100 ms exactly once.
 */
public final class TurnStats {
    private static final String STORE = "stats";
    private static final int TEXTS_KEPT = 5;
    private static final String[] KEYWORDS = {
        "refund", "invoice", "cancel", "broken", "password", "delivery", "upgrade", "contract"
    };

    record Turn(
        @JsonProperty("conversation_id") String conversationId,
        String author,
        String text,
        @JsonProperty("at_ms") long atMs,
        int n) {}

    record Stats(int count, int hits, List<String> texts) {}

    record Counted(@JsonProperty("conversation_id") String conversationId, int count, int hits) {}

    private TurnStats() {}

    static int hits(String text) {
        String lowered = text.toLowerCase(Locale.ROOT);
        int found = 0;
        for (String keyword : KEYWORDS) {
            if (lowered.contains(keyword)) {
                found++;
            }
        }
        return found;
    }

    private static <T> Serde<T> json(ObjectMapper mapper, Class<T> type) {
        ObjectReader reader = mapper.readerFor(type);
        ObjectWriter writer = mapper.writerFor(type);
        return Serdes.serdeFrom(
            (topic, value) -> {
                try {
                    return value == null ? null : writer.writeValueAsBytes(value);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            },
            (topic, bytes) -> {
                try {
                    return bytes == null ? null : reader.readValue(bytes);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            });
    }

    private static final class Counting implements Processor<String, Turn, String, Counted> {
        private ProcessorContext<String, Counted> context;
        private KeyValueStore<String, Stats> store;

        @Override
        public void init(ProcessorContext<String, Counted> given) {
            context = given;
            store = given.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, Turn> input) {
            Turn turn = input.value();
            String conversation = turn.conversationId();
            Stats stats = store.get(conversation);
            int count = 1;
            int found = hits(turn.text());
            List<String> texts = new ArrayList<>(TEXTS_KEPT);
            if (stats != null) {
                count += stats.count();
                found += stats.hits();
                List<String> old = stats.texts();
                texts.addAll(old.subList(Math.max(0, old.size() - TEXTS_KEPT + 1), old.size()));
            }
            texts.add(turn.text());
            store.put(conversation, new Stats(count, found, texts));
            context.forward(input.withValue(new Counted(conversation, count, found)));
        }
    }

    public static void main(String[] arguments) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            given.put(arguments[i], arguments[i + 1]);
        }
        ObjectMapper mapper = new ObjectMapper();
        StoreBuilder<KeyValueStore<String, Stats>> store = Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(STORE), Serdes.String(), json(mapper, Stats.class));
        if (given.getOrDefault("--cache", "off").equals("on")) {
            store = store.withCachingEnabled();
        }
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(store);
        builder.stream(given.get("--log"), Consumed.with(Serdes.String(), json(mapper, Turn.class)))
            .process(Counting::new, STORE)
            .to(given.get("--output"), Produced.with(Serdes.String(), json(mapper, Counted.class)));

        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, given.get("--group"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.get("--bootstrap-servers"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, given.get("--data-dir"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, given.get("--guarantee"));
        if (given.containsKey("--commit-interval-ms")) {
            settings.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, given.get("--commit-interval-ms"));
        }
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");

        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR) {
                Runtime.getRuntime().halt(1);
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
