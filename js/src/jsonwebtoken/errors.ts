/**
 * The three error classes of the API. `name` and `message` are own, enumerable properties in this order, because
 * applications respond with `JSON.stringify(error)` and compare the output.
 */

/** The token, the key or an option was rejected. */
export class JsonWebTokenError extends Error {
  /** The underlying error, if there is one. */
  declare inner?: Error;

  /**
   * @param message - what was rejected
   * @param inner - the underlying error, stored as `inner`
   */
  constructor(message: string, inner?: Error) {
    super();
    this.name = 'JsonWebTokenError';
    this.message = message;
    if (inner) this.inner = inner;
  }
}

/** The token has expired: its `exp` has passed, or it is older than `maxAge`. */
export class TokenExpiredError extends JsonWebTokenError {
  /** When it ended. */
  declare expiredAt: Date;

  /**
   * @param message - what expired
   * @param expiredAt - when
   */
  constructor(message: string, expiredAt: Date) {
    super(message);
    this.name = 'TokenExpiredError';
    this.expiredAt = expiredAt;
  }
}

/** The token is not valid yet: its `nbf` is in the future. */
export class NotBeforeError extends JsonWebTokenError {
  /** When it becomes valid. */
  declare date: Date;

  /**
   * @param message - what is not valid yet
   * @param date - when it becomes valid
   */
  constructor(message: string, date: Date) {
    super(message);
    this.name = 'NotBeforeError';
    this.date = date;
  }
}
