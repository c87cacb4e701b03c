/**
 * The three error classes of the API. `name` and `message` are own, enumerable properties and stand in this order, because
 * applications answer with `JSON.stringify(error)` and compare what comes out.
 */

/** The token, the key or an option was refused. */
export class JsonWebTokenError extends Error {
  /** What went wrong underneath, where something did. */
  declare inner?: Error;

  /**
   * @param message - what was refused
   * @param inner - the error underneath, kept as `inner`
   */
  constructor(message: string, inner?: Error) {
    super();
    this.name = 'JsonWebTokenError';
    this.message = message;
    if (inner) this.inner = inner;
  }
}

/** The token's time is over: its `exp` has passed, or it is older than `maxAge`. */
export class TokenExpiredError extends JsonWebTokenError {
  /** When it ended. */
  declare expiredAt: Date;

  /**
   * @param message - what ended
   * @param expiredAt - when
   */
  constructor(message: string, expiredAt: Date) {
    super(message);
    this.name = 'TokenExpiredError';
    this.expiredAt = expiredAt;
  }
}

/** The token's time has not come: its `nbf` lies ahead. */
export class NotBeforeError extends JsonWebTokenError {
  /** When it begins. */
  declare date: Date;

  /**
   * @param message - what has not begun
   * @param date - when it begins
   */
  constructor(message: string, date: Date) {
    super(message);
    this.name = 'NotBeforeError';
    this.date = date;
  }
}
