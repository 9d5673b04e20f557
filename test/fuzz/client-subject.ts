/** A client of ours under test, with an application that does what it can and expects only errors of the documented kind. */
import { startClient, type Client } from '../../packages/core/src/client/client.js';
import type { RemoteProcess } from '../../packages/core/src/client/process.js';
import type { Credential } from '../../packages/core/src/userauth/keyboard-interactive-credential.js';
import { plainAlgorithms } from './server-subject.js';
import { Finding } from './target.js';
import { stubCrypto, stubSigner } from './stub-crypto.js';
import { Subject, turn } from './subject.js';

export interface ClientSubjectOptions {
  /** What is wrong with the server, if anything: its signatures do not verify, or its key is not accepted. */
  readonly distrusts?: 'signatures' | 'key';
  readonly algorithms?: typeof plainAlgorithms;
}

const SSH_MSG_SERVICE_REQUEST = 5;
const FIRST_OF_USERAUTH = 50;
const PASSWORD = 'fuzz-password';

/** More than a packet, and little enough for an input of the fuzzer to hold. */
const INPUT = new Uint8Array(40_000);

const credentials: readonly Credential[] = [
  { method: 'none' },
  { method: 'publickey', key: stubSigner },
  { method: 'keyboard-interactive', answer: ({ prompts }) => prompts.map(() => 'answer') },
  { method: 'password', password: PASSWORD },
];

export class ClientSubject extends Subject {
  readonly #options: ClientSubjectOptions;
  #client: Client | undefined;
  readonly #work: Promise<void>[] = [];
  readonly #processes = new Set<RemoteProcess>();

  constructor(options: ClientSubjectOptions) {
    super();
    this.#options = options;
    this.stream.watch = (payload) => this.#watch(payload);
  }

  protected get engine(): undefined {
    // A client does not expose its engine.
    return undefined;
  }

  async start(): Promise<this> {
    const { distrusts, algorithms = plainAlgorithms } = this.#options;
    this.#client = startClient(this.stream, {
      user: 'fuzz',
      verifyHostKey: () => distrusts !== 'key',
      crypto: stubCrypto(distrusts !== 'signatures'),
      algorithms,
      clock: this.clock,
      software: 'fuzz',
      onBanner: () => undefined,
    });
    this.#do('the client', () => this.#use(this.#client!));
    await turn();
    return this;
  }

  /** The peer leaves; everything that the application waits for has to settle. */
  async finish(): Promise<void> {
    this.stream.hangUp();
    this.clock.advance(200_000);
    await turn();
    this.clock.advance(200_000);
    await turn();
    let isSettled = false;
    void Promise.all(this.#work).then(() => {
      isSettled = true;
    });
    await turn();
    if (!isSettled) this.report('a promise never settles', 'the connection is over and the application still waits');
    this.check();
  }

  protected override async act(value: number): Promise<void> {
    const client = this.#client!;
    switch (value % 10) {
      case 0:
        this.stream.isStalled = true;
        return;
      case 1:
        return this.stream.drain();
      case 2:
        return client.rekey();
      case 3:
        return this.#do('exec', () => client.exec('cat', { stdin: INPUT, env: { A: 'b' } }));
      case 4:
        return this.#do('shell', () => this.#shell(client));
      case 5:
        return this.#do('subsystem', async () => (await client.subsystem('sftp')).end());
      case 6:
        return this.stream.hangUp();
      case 7:
        return client.close();
      case 8:
        this.stream.isPaused = false;
        return;
      default:
        for (const process of this.#processes) {
          process.resize(1, 2);
          process.kill('INT');
          this.#do('write', () => process.write('more'));
        }
    }
  }

  async #use(client: Client): Promise<void> {
    await client.ready;
    await client.authenticate('fuzz', credentials);
    await client.exec('echo', { stdin: 'hello' });
    await this.#shell(client);
  }

  async #shell(client: Client): Promise<void> {
    const process = await client.shell();
    this.#processes.add(process);
    process.resize(100, 50);
    await process.write('exit\n');
    for (let chunk = await process.read(); chunk !== undefined; chunk = await process.read());
    await process.exited;
    this.#processes.delete(process);
  }

  #do(what: string, work: () => Promise<unknown>): void {
    this.#work.push(
      work().then(
        () => undefined,
        (error: unknown) => this.judge(what, error),
      ),
    );
  }

  /** Security: a server that was not accepted learns nothing about the user. */
  #watch(payload: Uint8Array): void {
    const number = payload[0] ?? 0;
    if (this.#options.distrusts === undefined) return;
    if (number === SSH_MSG_SERVICE_REQUEST || number >= FIRST_OF_USERAUTH)
      throw new Finding('said too much', `message ${number} was sent to a server that was not accepted`);
  }
}
