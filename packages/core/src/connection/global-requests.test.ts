/** RFC 4254 §4: the peer's global requests wait for their answers in order, and not without end. */
import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.js';
import { GlobalRequests, type IncomingGlobalRequest } from './global-requests.js';

const fields = { requestName: 'x@example', wantReply: true, requestFields: new Uint8Array(0) };

test('64 requests may wait, one of them with the application; each answer makes room for one', () => {
  const shown: IncomingGlobalRequest[] = [];
  const sent: number[] = [];
  const requests = new GlobalRequests({
    send: (message) => void sent.push(message.number),
    globalRequest: (request) => void shown.push(request) as undefined,
    guard: (work) => work(),
  });
  for (let count = 0; count < 64; count += 1) requests.receive(fields);
  expect([shown.length, sent]).toEqual([1, []]);
  expect(() => requests.receive(fields)).toThrow(ProtocolError);
  shown[0]!.answer(false);
  // Only the first answer counts.
  shown[0]!.answer(true);
  expect([shown.length, sent]).toEqual([2, [82]]);
  requests.receive(fields);
  expect(() => requests.receive(fields)).toThrow(ProtocolError);
});
