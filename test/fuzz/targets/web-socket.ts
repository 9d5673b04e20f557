/** RFC 6455 §5 and SSH Relay v4: what a bridge reads from its peer before anybody knows who that is. */
import { decodeCommand, encodeAck, encodeData, ResumeFault } from '../../../packages/bridge/src/relay-v4/commands.js';
import { FrameReader } from '../../../packages/bridge/src/websocket/frame-reader.js';
import { decodeClosePayload, encodeMasked, FrameError, OPCODE } from '../../../packages/bridge/src/websocket/frames.js';
import { bytesShape } from '../shapes.js';
import { Finding, undocumented, type Target } from '../target.js';

const MAX_PAYLOAD = 4096;

/** What a reader of either role makes of the bytes, cut according to `size`. */
function readFrames(input: Uint8Array, masked: boolean, size: number): string {
  let said = '';
  const reader = new FrameReader(
    {
      piece(bytes, isBinary, isLast) {
        if (bytes.length > MAX_PAYLOAD) throw new Finding('too long', `a piece of ${bytes.length} bytes`);
        said += `${bytes.toString('hex')}${isLast ? (isBinary ? ' binary ' : ' text ') : ''}`;
      },
      control(opcode, payload) {
        said += `(${opcode} ${opcode === OPCODE.close ? decodeClosePayload(payload).code : payload.toString('hex')})`;
      },
    },
    { masked, maxPayload: MAX_PAYLOAD },
  );
  try {
    for (let offset = 0; offset < input.length; offset += size) {
      // Unmasking modifies its input.
      reader.push(Buffer.from(input.subarray(offset, offset + size)));
    }
  } catch (error) {
    if (error instanceof Finding) throw error;
    if (!(error instanceof FrameError)) throw undocumented('FrameReader', error);
    said += `[${error.closeCode}]`;
  }
  return said;
}

const frameTarget: Target = {
  name: 'web-socket-frames',
  shape: bytesShape,
  seeds: () => [
    encodeMasked(OPCODE.binary, Buffer.alloc(300, 'x')),
    Buffer.concat([encodeMasked(OPCODE.ping, Buffer.from('p')), encodeMasked(OPCODE.close, Buffer.from([3, 232]))]),
    Buffer.from('020141890170800142880203e8', 'hex'),
  ],
  run: (input) => {
    for (const masked of [true, false]) {
      const whole = readFrames(input, masked, Math.max(1, input.length));
      const single = readFrames(input, masked, 1);
      if (whole !== single) throw new Finding('chunks matter', `${whole} whole, ${single} byte by byte`);
    }
  },
};

const commandTarget: Target = {
  name: 'relay-commands',
  shape: bytesShape,
  seeds: () => [encodeData(Buffer.from('data')), encodeAck(70_000), Buffer.from('00010000000141', 'hex')],
  run: (input) => {
    try {
      const command = decodeCommand(Buffer.from(input));
      if (command.name !== 'DATA' && command.name !== 'ACK') return;
      const again = command.name === 'DATA' ? encodeData(command.data) : encodeAck(command.position);
      if (!Buffer.from(again).equals(input))
        throw new Finding('canonical', `${command.name} was not written as it was read`);
    } catch (error) {
      if (error instanceof Finding) throw error;
      if (!(error instanceof ResumeFault)) throw undocumented('decodeCommand', error);
    }
  },
};

export const webSocketTargets: readonly Target[] = [frameTarget, commandTarget];
