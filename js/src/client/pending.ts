/** A sign-out that the server has not received yet. */
export interface Logout {
  /** The path to send it to. */
  path: string;
  /** The session to end; empty if it is unknown. A user who has signed in since is not signed out. */
  session: string;
}

/**
 * A sign-out that the server has not received yet, stored so that it survives the page: otherwise the cookie would sign
 * the user in again. Contains no secret.
 */
export class Pending {
  private logout: Logout | undefined;

  constructor(private readonly name: string) {}

  /** The sign-out that still has to be sent, if there is one. */
  is(): Logout | undefined {
    try {
      const [path, session = ''] = localStorage.getItem(this.name)?.split(' ') ?? [];
      return path ? { path, session } : this.logout;
    } catch {
      return this.logout;
    }
  }

  set(logout: Logout): void {
    this.logout = logout;
    this.store((storage) => storage.setItem(this.name, `${logout.path} ${logout.session}`));
  }

  /** Removes the sign-out; with `only`, keeps another one that was stored in the meantime. */
  clear(only?: Logout): void {
    const stored = this.is();
    if (only !== undefined && (stored?.path !== only.path || stored.session !== only.session)) return;
    this.logout = undefined;
    this.store((storage) => storage.removeItem(this.name));
  }

  /** If the browser provides no storage, it is kept in memory. */
  private store(work: (storage: Storage) => void): void {
    try {
      work(localStorage);
    } catch {
      // This cannot be fixed here; only the sign-out is not remembered across pages.
    }
  }
}
