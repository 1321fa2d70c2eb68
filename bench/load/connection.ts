import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const STATUS = { from: 9, to: 12 };

/** One kept HTTP connection with one request at a time, written by hand so that the load takes little of the machine. */
export class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #answer = '';
  #asked: PromiseWithResolvers<number> | undefined;

  private constructor(socket: Socket, url: URL) {
    this.#socket = socket;
    this.#head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: `;
    socket.setEncoding('latin1').setNoDelay();
    socket.on('data', (text: unknown) => this.#read(String(text)));
    socket.on('error', (error) => this.#asked?.reject(error));
    socket.on('close', () => this.#asked?.reject(new Error(`${url.host} closed a connection during a request.`)));
  }

  static async open(url: string): Promise<Connection> {
    const parsed = new URL(url);
    const socket = connect(Number(parsed.port), parsed.hostname);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', resolve).once('error', reject);
    await promise;
    return new Connection(socket, parsed);
  }

  /** Resolves to the status when the whole answer is there. */
  post(body: string): Promise<number> {
    this.#asked = Promise.withResolvers();
    this.#socket.write(`${this.#head}${Buffer.byteLength(body)}${HEAD_END}${body}`);
    return this.#asked.promise;
  }

  close(): void {
    this.#asked = undefined;
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#answer += text;
    const headEnd = this.#answer.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#answer.slice(0, headEnd))?.[1];
    if (length === undefined) {
      this.#asked?.reject(new Error(`An answer without Content-Length: ${this.#answer.slice(0, headEnd)}`));
      return;
    }
    if (this.#answer.length < headEnd + HEAD_END.length + Number(length)) return;
    const status = Number(this.#answer.slice(STATUS.from, STATUS.to));
    this.#answer = '';
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.resolve(status);
  }
}
