/** A log-out that the server has not heard of yet, kept past the page: without it the cookie would sign the person in again. Holds no secret. */
export class Pending {
  private path: string | undefined;

  constructor(private readonly name: string) {}

  /** The path of the log-out still to be told, if there is one. */
  is(): string | undefined {
    try {
      return localStorage.getItem(this.name) ?? this.path;
    } catch {
      return this.path;
    }
  }

  set(path: string): void {
    this.path = path;
    this.store((storage) => storage.setItem(this.name, path));
  }

  clear(): void {
    this.path = undefined;
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
