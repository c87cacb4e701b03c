/** A log-out that the server has not heard of. */
export interface Logout {
  /** The path to tell it at. */
  path: string;
  /** The session that is meant; empty when it is not known. Whoever has signed in since is not signed out by it. */
  session: string;
}

/** A log-out that the server has not heard of yet, kept past the page: without it the cookie would sign the person in again. Holds no secret. */
export class Pending {
  private logout: Logout | undefined;

  constructor(private readonly name: string) {}

  /** The log-out still to be told, if there is one. */
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

  /** Forgets the log-out; with `only`, no other one that was stored meanwhile. */
  clear(only?: Logout): void {
    const stored = this.is();
    if (only !== undefined && (stored?.path !== only.path || stored.session !== only.session)) return;
    this.logout = undefined;
    this.store((storage) => storage.removeItem(this.name));
  }

  /** Where a browser keeps no storage for us, memory has to do. */
  private store(work: (storage: Storage) => void): void {
    try {
      work(localStorage);
    } catch {
      // Nothing to be done about it, and nothing lost but the log-out's memory across pages.
    }
  }
}
