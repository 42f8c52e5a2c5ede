"""Topics of a bot: how they are triggered, lead to one another, end and hand off."""

import pytest

from processors.dialogue import machine
from processors.dialogue.machine import EndConversation, Transfer
from tests.rules.talks import NOW_MS, Talk, bot_of, talk

TWO_TOPICS = """
    one:
      phrases: [begin one]
      nodes:
        - message: one before
        - go_to_topic: two
        - message: one after
    two:
      phrases: [begin two]
      nodes:
        - message: two
    """


@pytest.mark.rule("TR-02", "TR-03")
def test_going_to_another_topic_runs_it_and_comes_back():
    assert talk(TWO_TOPICS).say("begin one") == ["one before", "two", "one after"]


@pytest.mark.rule("TR-02", "TR-03")
def test_ending_the_current_topic_marks_it_completed_and_its_caller_goes_on():
    conversation = talk(
        """
        outer:
          name: Outer
          phrases: [begin]
          nodes:
            - go_to_topic: inner
            - question: And now?
              variable: answer
        inner:
          name: Inner
          nodes:
            - message: in
            - end_topic
            - message: never said
        """
    )
    assert conversation.say("begin") == ["in", "And now?"]
    assert list(conversation.memory.ended_topics) == ["Inner"]
    conversation.say("fine")
    assert list(conversation.memory.ended_topics) == ["Inner", "Outer"]


@pytest.mark.rule("TR-02", "TR-03")
def test_ending_all_topics_closes_every_topic_in_progress():
    conversation = talk(
        """
        outer:
          phrases: [begin]
          nodes:
            - go_to_topic: middle
            - message: never said
        middle:
          nodes:
            - go_to_topic: inner
            - message: never said
        inner:
          nodes:
            - end_all_topics
            - message: never said
        """
    )
    assert conversation.say("begin") == []
    assert conversation.memory.stack == ()
    assert conversation.memory.ended_topics == ("inner", "middle", "outer")
    assert conversation.said.effect is None


@pytest.mark.rule("TR-02", "TR-03")
def test_going_to_a_step_jumps_to_any_node_of_the_topic_also_into_a_branch():
    conversation = talk(
        """
        order:
          phrases: [begin]
          nodes:
            - id: ask
              question: A number?
              variable: n
              type: number
            - if: {variable: n, is: less, value: 10}
              then:
                - message: Too small.
                - go_to_step: ask
              else:
                - message: Large.
                - id: thanks
                  message: Thanks.
            - if: {variable: n, is: less, value: 20}
              then:
                - set: {n: 30}
                - go_to_step: thanks
        """
    )
    conversation.say("begin")
    assert conversation.say("3") == ["Too small.", "A number?"]
    assert conversation.say("12") == ["Large.", "Thanks.", "Thanks."]


@pytest.mark.rule("TR-02")
@pytest.mark.parametrize(
    ("node", "effect"),
    [
        ("end_conversation", EndConversation("resolved", "resolved")),
        ("end_conversation: resolved", EndConversation("resolved", "resolved")),
        ("end_conversation: abandoned", EndConversation("abandoned", "user_exit")),
        ("end_conversation: none", EndConversation("none", "no_error")),
    ],
)
def test_ending_the_conversation_says_with_what_outcome_and_leaves_no_topic(node, effect):
    conversation = talk(
        f"""
        bye:
          phrases: [bye]
          nodes:
            - message: Bye.
            - {node}
            - message: never said
        """
    )
    assert conversation.say("bye") == ["Bye."]
    assert conversation.said.effect == effect
    assert conversation.memory.stack == ()


@pytest.mark.rule("TR-02", "TR-04", "TR-17")
def test_a_transfer_works_inside_any_topic_and_carries_its_private_message():
    conversation = talk(
        """
        till:
          phrases: [the till is down]
          nodes:
            - question: Which shop?
              variable: shop
            - message: A colleague takes over.
            - transfer: "Point of sale down in {shop}"
            - message: never said
        """
    )
    conversation.say("the till is down")
    assert conversation.say("Lantern Street") == ["A colleague takes over."]
    assert conversation.said.effect == Transfer(
        "Point of sale down in Lantern Street", "configured_by_author"
    )
    assert conversation.memory.stack == ()


@pytest.mark.rule("TR-17")
def test_a_transfer_without_a_private_message_has_none():
    conversation = talk("till: {phrases: [help me], nodes: [transfer]}")
    conversation.say("help me")
    assert conversation.said.effect == Transfer(None, "configured_by_author")


@pytest.mark.rule("TR-05")
@pytest.mark.parametrize(
    "text",
    [
        "speak to agent",
        "Speak to an agent!",
        "can I please talk to a human",
        "I want a real person",
    ],
)
def test_every_bot_has_escalate_with_phrases_of_its_own_and_it_only_speaks(text):
    conversation = talk("other: {phrases: [something], nodes: [message: x]}")
    (shown,) = conversation.say(text)
    assert "contact page" in shown
    assert conversation.said.effect is None
    assert conversation.memory.topics == ("Escalate",)
    assert conversation.bot.topics["escalate"].has_transfer is False


@pytest.mark.rule("TR-18")
def test_an_escalate_topic_may_show_a_link_and_nothing_more():
    conversation = talk("escalate: {nodes: [message: 'See https://help.example.com'] }")
    assert conversation.say("speak to agent") == ["See https://help.example.com"]
    assert conversation.said.effect is None
    assert conversation.say("speak to agent") == ["See https://help.example.com"]


ESCALATES = """
    escalate:
      name: Escalate
      nodes:
        - message: One moment.
        - transfer: "Asked: {bot.LastPhrase}"
    order:
      phrases: [where is my order]
      nodes:
        - question: Which number?
          variable: order_number
          type: number
          retries: 1
    give_up:
      phrases: [i give up]
      nodes:
        - go_to_topic: escalate
    """


@pytest.mark.rule("TR-05", "TR-16", "QM-13")
def test_escalate_with_a_transfer_node_hands_off_and_says_the_customer_asked():
    conversation = talk(ESCALATES)
    assert conversation.say("I'd like to speak with an agent") == ["One moment."]
    assert conversation.said.effect == Transfer(
        "Asked: I'd like to speak with an agent", "requested_by_customer"
    )


@pytest.mark.rule("TR-05", "QM-13")
def test_another_topic_may_redirect_to_escalate_and_then_the_author_decided():
    conversation = talk(ESCALATES)
    conversation.say("i give up")
    assert conversation.said.effect == Transfer("Asked: i give up", "configured_by_author")


@pytest.mark.rule("TR-16", "QM-13")
def test_what_is_not_understood_three_times_in_a_row_escalates():
    conversation = talk(ESCALATES)
    assert "did not understand" in conversation.say("qwertz")[0]
    assert "did not understand" in conversation.say("asdf")[0]
    assert conversation.say("yxcv") == ["One moment."]
    assert conversation.said.effect == Transfer("Asked: yxcv", "unrecognized")
    assert "3 of 3" in conversation.said.trace[0]


@pytest.mark.rule("TR-16")
def test_a_text_that_is_understood_in_between_starts_the_count_anew():
    conversation = talk(
        "hours: {phrases: [opening hours], nodes: [message: nine to five]}",
        of_bot={"escalate_after": 2},
    )
    assert "did not understand" in conversation.say("qwertz")[0]
    assert conversation.say("opening hours") == ["nine to five"]
    assert "did not understand" in conversation.say("asdf")[0]
    assert "contact page" in conversation.say("yxcv")[0]


@pytest.mark.rule("QM-13")
def test_a_question_asked_as_often_as_it_may_be_escalates_for_that_reason():
    conversation = talk(ESCALATES)
    conversation.say("where is my order")
    assert conversation.say("no idea") == ["Which number?"]
    assert conversation.say("really no idea") == ["One moment."]
    assert conversation.said.effect == Transfer("Asked: really no idea", "question_attempts")


@pytest.mark.rule("TR-20", "TR-21", "TR-22")
def test_topics_and_phrases_are_remembered_in_order_and_redirected_topics_are_not():
    conversation = talk(
        """
        one:
          name: First
          phrases: [begin one]
          nodes:
            - go_to_topic: two
        two:
          name: Second
          phrases: [begin two]
          nodes:
            - message: two
        three:
          name: Third
          phrases: [begin three]
          nodes:
            - message: three
        """
    )
    conversation.begin()
    begun = conversation.memory
    assert (begun.last_topic, begun.topics, begun.phrases) == (None, (), ())
    conversation.say("begin three", "begin one", "qwertz")
    assert conversation.memory.topics == ("Third", "First")
    assert conversation.memory.last_topic == "First"
    assert conversation.memory.phrases == ("begin three", "begin one", "qwertz")


@pytest.mark.rule("TR-24")
def test_the_most_recently_set_value_of_a_name_wins_over_all_topics():
    conversation = talk(
        """
        one: {phrases: [begin one], nodes: [set: {who: one, mine: 1}, go_to_topic: two]}
        two: {phrases: [begin two], nodes: [set: {who: two}]}
        """
    )
    conversation.say("begin one")
    assert conversation.variables == {"who": "two", "mine": 1}


@pytest.mark.rule("TR-01")
def test_when_to_transfer_is_the_topics_and_names_no_hub():
    conversation = talk(ESCALATES)
    conversation.say("speak to agent")
    effect = conversation.said.effect
    assert isinstance(effect, Transfer)
    assert set(effect.__struct_fields__) == {"message", "reason"}


@pytest.mark.rule("TR-08")
def test_a_bot_that_is_not_published_answers_nobody_but_its_author():
    bot = bot_of("hi: {phrases: [hi there], nodes: [message: hello]}", published="false")
    conversation = Talk(bot)
    for texts in (conversation.begin(), conversation.say("hi there"), conversation.resume()):
        assert texts == []
        assert conversation.said.refused == machine.NOT_PUBLISHED
        assert conversation.memory == machine.EMPTY_MEMORY
        assert conversation.said.trace == (
            "bot b is not published: it answers nobody but its author's trials",
        )
    trial = Talk(bot, is_trial=True)
    assert trial.say("hi there") == ["hello"]
    assert trial.said.refused is None


def test_a_bot_serves_only_its_channels_if_it_names_some():
    bot = bot_of("hi: {phrases: [hi], nodes: [message: hello]}", channels="[sms, Live_Chat]")
    assert Talk(bot, channel="live_chat").say("hi") == ["hello"]
    other = Talk(bot, channel="voice")
    assert other.say("hi") == []
    assert other.said.refused == machine.OTHER_CHANNEL


def test_the_greeting_is_said_once_at_the_beginning_and_knows_the_customer():
    conversation = talk(
        "greeting: {nodes: [message: 'Hello {bot.CustomerName}{nothing}, from {shop}.']}",
        of_bot={"variables": "{shop: Lantern Street}"},
        customer_name="Mia",
    )
    assert conversation.begin() == ["Hello Mia, from Lantern Street."]
    assert conversation.variables == {"shop": "Lantern Street"}
    assert conversation.memory.started_at_ms == NOW_MS


def test_variables_the_bot_begins_with_do_not_overwrite_what_is_known():
    conversation = talk(
        "hi: {phrases: [hi], nodes: [message: '{a} {b}']}",
        of_bot={"variables": "{a: 1, b: 2}"},
        variables={"a": "known"},
    )
    assert conversation.say("hi") == ["known 2"]
    assert conversation.said.variables == {"b": 2}


def test_end_of_conversation_asks_and_a_no_leads_to_escalate():
    topics = """
        hours:
          phrases: [opening hours]
          nodes: [message: 9 to 5, go_to_topic: end_of_conversation]
        """
    happy, unhappy = talk(topics), talk(topics)
    assert happy.say("opening hours") == ["9 to 5", "Did that answer your question?"]
    assert happy.say("yes, thanks") == ["Thank you, and goodbye."]
    assert happy.said.effect == EndConversation("resolved", "resolved")
    unhappy.say("opening hours")
    assert "contact page" in unhappy.say("no")[0]


def test_a_failed_hand_off_gives_the_reason_and_returns_to_the_question_it_interrupted():
    conversation = talk(
        ESCALATES
        + """
    handoff_failed:
      nodes:
        - message: "Sorry. {bot.HandoffMessage}"
        """
    )
    conversation.say("where is my order", "speak to agent")
    assert isinstance(conversation.said.effect, Transfer)
    assert conversation.resume("All lines are busy.") == [
        "Sorry. All lines are busy.",
        "Which number?",
    ]
    conversation.say("70441")
    assert conversation.variables["order_number"] == 70441


def test_after_the_human_part_the_bot_is_there_and_asks_nothing_again():
    conversation = talk(ESCALATES)
    conversation.say("where is my order", "speak to agent")
    (shown,) = conversation.resume()
    assert "You are back" in shown
    assert conversation.memory.stack == ()
    assert conversation.say("where is my order") == ["Which number?"]


@pytest.mark.parametrize(
    "loop",
    [
        "- if: {variable: n, is: empty}\n  then: [go_to_step: a]",
        "- if: {variable: n, is: empty}\n  then: [go_to_topic: round]",
    ],
)
def test_a_topic_that_runs_in_a_circle_escalates_and_what_it_said_is_taken_back(loop):
    text = "\n".join(f"            {line}" for line in loop.splitlines())
    conversation = talk(
        f"""
        round:
          phrases: [round and round]
          nodes:
            - id: a
              message: again
{text}
        escalate:
          nodes: [message: One moment., transfer]
        """
    )
    assert conversation.say("round and round") == ["One moment."]
    assert conversation.said.effect == Transfer(None, "system_error")
    fault = [sentence for sentence in conversation.said.trace if "no end after" in sentence]
    assert len(fault) == 1
    assert fault[0].startswith("topic round, line")


def test_an_escalate_topic_that_runs_in_a_circle_hands_off_at_once():
    conversation = talk(
        """
        escalate:
          nodes:
            - id: a
              message: again
            - if: {variable: n, is: empty}
              then: [go_to_step: a]
        """
    )
    assert conversation.say("speak to agent") == []
    assert conversation.said.effect == Transfer(None, "system_error")


def test_menus_that_lead_to_one_another_keep_the_stack_small():
    conversation = talk(
        """
        main:
          phrases: [menu]
          nodes:
            - question: a or b?
              variable: way
              choices: [a, b]
            - go_to_topic: sub
        sub:
          nodes:
            - message: sub
            - go_to_topic: main
        """
    )
    conversation.say("menu")
    for _ in range(30):
        assert conversation.say("a")[0] == "sub"
        assert len(conversation.memory.stack) == 1


def test_a_topic_published_in_another_shape_is_left_and_others_go_on():
    before = bot_of("a: {phrases: [begin a], nodes: [{question: 'A?', variable: a}]}")
    moved = bot_of(
        "z: {phrases: [new], nodes: [message: z]}\n"
        "a: {phrases: [begin a], nodes: [{question: 'A?', variable: a}]}"
    )
    changed = bot_of("a: {phrases: [begin a], nodes: [{question: 'B?', variable: a}]}")
    conversation = Talk(before)
    conversation.say("begin a")
    memory = conversation.memory
    kept = machine.answer(moved, memory, "yes", conversation.now)
    assert kept.variables == {"a": "yes"}
    left = machine.answer(changed, memory, "yes", conversation.now)
    assert left.variables == {}
    assert "published anew meanwhile, so left: a" in left.trace
