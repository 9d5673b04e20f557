/** RFC 4254 §5.2 and §5.3: what a splice does with a stream whose channel takes nothing more. */
import { expect, test } from 'vitest';
import type { Channel } from '../connection/channel.js';
import type { ByteLink } from '../link.js';
import { Splice } from './splice.js';

/** A splice of a channel and a stream that only record what it does with them. */
function spliced({ isWritable = true } = {}) {
  const calls: string[] = [];
  const call = (name: string) => (): undefined => void calls.push(name);
  const channel = { queued: 0, isWritable, write: call('channel.write'), close: (): undefined => undefined };
  const link: ByteLink = {
    open: call('open'),
    write: () => true,
    pause: call('pause'),
    resume: call('resume'),
    end: call('end'),
    destroy: call('destroy'),
  };
  const options = { schedule: () => call('cancel'), over: call('over') };
  return { splice: new Splice(channel as unknown as Channel, link, options), calls };
}

test('what the stream still sends after the channel has closed is read and dropped, so that its end is seen', () => {
  const { splice, calls } = spliced({ isWritable: false });
  splice.eof();
  splice.closed();
  expect(calls).toEqual(['end', 'resume']);
  splice.chunk(new Uint8Array(10));
  splice.chunk(new Uint8Array(10));
  expect(calls).toEqual(['end', 'resume']);
  splice.end();
  expect(calls).toEqual(['end', 'resume', 'cancel', 'over']);
});

test('PROTOCOL §2.1: a stream whose channel is not read any more is not read either', () => {
  const { splice, calls } = spliced({ isWritable: false });
  splice.chunk(new Uint8Array(10));
  splice.chunk(new Uint8Array(10));
  expect(calls).toEqual(['channel.write', 'pause', 'channel.write']);
  const other = spliced();
  other.splice.chunk(new Uint8Array(10));
  expect(other.calls).toEqual(['channel.write']);
});
