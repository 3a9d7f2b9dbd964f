import type { Repository, Store } from "../content/repository.ts";
import { type BlobHolders, StorageRepository } from "./storage-repository.ts";
import type { ContentStorage } from "./content-storage.ts";

/** A registry's storage as a place that images go to or come from, without a registry in between. */
export function createStorageStore(storage: ContentStorage, title: string = storage.title): Store {
  const repositories = new Map<string, Repository>();
  const holders: BlobHolders = new Map();
  return {
    title,
    repository: (name) => {
      const repository =
        repositories.get(name) ??
        new StorageRepository(storage, name, { title: `${title}/${name}`, holders });
      repositories.set(name, repository);
      return repository;
    },
    checkAccess: async () => {},
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
