/** RFC 4254 §4: the peer's global requests wait for their answers in order, and not without end. */
import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.js';
import { GlobalRequests, type IncomingGlobalRequest } from './global-requests.js';

const fields = { requestName: 'tcpip-forward', wantReply: true, requestFields: new Uint8Array(20) };

function collect(): { requests: GlobalRequests; shown: IncomingGlobalRequest[]; sent: number[] } {
  const [shown, sent]: [IncomingGlobalRequest[], number[]] = [[], []];
  const requests = new GlobalRequests({
    send: (message) => void sent.push(message.number),
    globalRequest: (request) => void shown.push(request) as undefined,
    guard: (work) => work(),
  });
  return { requests, shown, sent };
}

test('hundreds of small requests may wait, one of them with the application; answers make room', () => {
  const { requests, shown, sent } = collect();
  for (let count = 0; count < 400; count += 1) requests.receive(fields);
  expect([shown.length, sent]).toEqual([1, []]);
  const fill = (): void => {
    for (let count = 0; count < 1_000; count += 1) requests.receive(fields);
  };
  expect(fill).toThrow(ProtocolError);
  shown[0]!.answer(false);
  // Only the first answer counts.
  shown[0]!.answer(true);
  expect([shown.length, sent]).toEqual([2, [82]]);
  requests.receive(fields);
  expect(() => requests.receive(fields)).toThrow(ProtocolError);
});

test('large ones count by their size, and no answer is counted twice', () => {
  const { requests, shown } = collect();
  const large = { ...fields, requestFields: new Uint8Array(200_000) };
  for (let round = 0; round < 3; round += 1) {
    requests.receive(large);
    requests.receive(large);
    expect(() => requests.receive(fields)).toThrow(ProtocolError);
    for (const request of shown.splice(0)) request.answer(true);
    for (const request of shown.splice(0)) request.answer(true);
  }
});
