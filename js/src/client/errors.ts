/** The errors of `portcullis/client`. */

/** An error response of the server, or a network failure. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /**
   * The server's stable code (`invalid_credentials`, `session_ended`, …), or `unreachable` if there was no readable
   * response.
   */
  readonly code: string;
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  /** Seconds after which to retry, if the server says so. */
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
   * Whether the server itself reported that the session has ended. An overloaded or failing server, a proxy's page and
   * a network failure say nothing about the session.
   */
  get final(): boolean {
    return (this.status === 400 || this.status === 401) && !this.code.startsWith('http_');
  }
}
