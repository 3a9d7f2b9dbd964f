import type { Repository, Store } from "../../content/repository.ts";
import type { Reference } from "../../oci/reference.ts";
import { openRegistryStore, type SideFlags } from "./open-registry-store.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";
import type { OnNotice } from "../../content/notice.ts";

export interface RegistryPoolOptions {
  /** The options that hold for a host. */
  readonly flagsFor: (host: string) => SideFlags;
  readonly terminal: Terminal;
  readonly onNotice: OnNotice;
}

/** The registries that a command speaks to, each opened when it is first needed. */
export class RegistryPool implements AsyncDisposable {
  readonly #options: RegistryPoolOptions;
  readonly #stores = new Map<string, Promise<Store>>();
  readonly #signedIn = new Map<SideFlags, string>();

  constructor(options: RegistryPoolOptions) {
    this.#options = options;
  }

  /** Throws a usage error where one user name would go to two registries. */
  store(host: string): Promise<Store> {
    const known = this.#stores.get(host);
    if (known) return known;
    const { flagsFor, terminal, onNotice } = this.#options;
    const flags = flagsFor(host);
    const first = this.#signedIn.get(flags) ?? host;
    if (flags.username !== undefined && first !== host) {
      throw usageError(
        `Cannot sign in to both ${first} and ${host} as --username`,
        "Sign in with docker login, or give a file with --authfile.",
      );
    }
    this.#signedIn.set(flags, first);
    const store = openRegistryStore(host, flags, terminal, onNotice);
    this.#stores.set(host, store);
    return store;
  }

  async repository({ host, repository }: Pick<Reference, "host" | "repository">): Promise<Repository> {
    return (await this.store(host)).repository(repository);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of await Promise.allSettled(this.#stores.values())) {
      if (opened.status === "fulfilled") await opened.value[Symbol.asyncDispose]();
    }
  }
}
