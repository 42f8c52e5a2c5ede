import assert from "node:assert/strict";
import { test } from "node:test";

import { EventParser, type ServerEvent } from "../src/sse";

const STREAM =
  ': hello\r\nid: 7\r\nevent: change\r\ndata: {"a":\r\ndata: 1}\r\n\r\nevent: snapshot\ndata:x\n\nid\ndata: y\n\n';

function read(...pieces: string[]): ServerEvent[] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

test("events come out whole, with the last id standing", () => {
  assert.deepEqual(read(STREAM), [
    { type: "change", data: '{"a":\n1}', id: "7" },
    { type: "snapshot", data: "x", id: "7" },
    { type: "message", data: "y", id: "" },
  ]);
});

test("it does not matter where the network cuts the stream", () => {
  const whole = read(STREAM);
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    assert.deepEqual(read(STREAM.slice(0, cut), STREAM.slice(cut)), whole, `cut at ${cut}`);
  }
  assert.deepEqual(read(...STREAM), whole);
});

test("an id without data still says from where to resume", () => {
  const parser = new EventParser("3");
  assert.deepEqual(parser.push(": keep-alive\nid: 8\n"), []);
  assert.equal(parser.lastId, "3");
  assert.deepEqual(parser.push("\n"), []);
  assert.equal(parser.lastId, "8");
});

test("a comment alone is no event, and an event without data is dropped", () => {
  assert.deepEqual(read(": keep-alive\n\n", "event: change\n\n", "data: z\n\n"), [
    { type: "message", data: "z", id: "" },
  ]);
});
