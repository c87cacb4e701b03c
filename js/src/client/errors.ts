/** The errors of `portcullis/client`. */

/** The server, or the way to it, said no. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** The server's stable code (`invalid_credentials`, `session_ended`, …), or `unreachable` when there was no answer to read. */
  readonly code: string;
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  /** Seconds after which trying again makes sense, when the server says so. */
  readonly retryAfter: number | undefined;

  constructor(
    code: string,
    message: string,
    status: number,
    options: { retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.retryAfter = options.retryAfter;
  }

  /**
   * Whether the server itself said that there is no session to go on with. An overloaded or failing server, a proxy's page and a network
   * that is down say nothing about the session.
   */
  get final(): boolean {
    return (this.status === 400 || this.status === 401) && !this.code.startsWith('http_');
  }
}
