import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import type { ImageIndex, Manifest } from "../../../src/oci/manifest.ts";
import { pushBlobRaw, pushImageBlobs, pushManifestRaw } from "../../helpers/registries/push-raw.ts";
import { type Answer, send, type SendOptions } from "../../helpers/registries/send.ts";

/** One sentence of the distribution specification, as a test of any registry. */
export interface Requirement {
  /** The section of spec.md, version 1.1, and the endpoint where it has a number. */
  readonly section: string;
  readonly title: string;
  /** Why distribution 2.8 does not claim it: it came later, or was left open. */
  readonly notIn28?: string;
  readonly check: (registry: RegistryUnderTest) => Promise<void>;
}

/** A repository of its own in a registry, empty. */
export class RegistryUnderTest {
  readonly url: string;
  readonly name: string;

  constructor(url: string, name: string) {
    this.url = url;
    this.name = name;
  }

  /** A request to a path within the repository: `/blobs/uploads/`. */
  async send(method: string, path: string, options?: SendOptions): Promise<Answer> {
    return send(method, `${this.url}/v2/${this.name}${path}`, options);
  }

  /** A request to a place that the registry has named in an answer. */
  async follow(method: string, answer: Answer, options?: SendOptions, query = ""): Promise<Answer> {
    const location = new URL(answer.headers["location"] ?? "", `${this.url}/v2/`);
    const glue = location.search === "" ? "?" : "&";
    return send(method, location.href + (query === "" ? "" : glue + query), options);
  }

  sibling(suffix: string): RegistryUnderTest {
    return new RegistryUnderTest(this.url, `${this.name}/${suffix}`);
  }

  async pushBlob(content: Uint8Array | string): Promise<Digest> {
    const answer = await pushBlobRaw(this.url, this.name, content);
    requireCreated(answer);
    return answer.digest;
  }

  /** A new image under a tag. */
  async pushImage(tag: string, seed: string = tag): Promise<Manifest> {
    const manifest = await pushImageBlobs(this.url, this.name, seed);
    requireCreated(await this.putManifest(tag, manifest));
    return manifest;
  }

  async putManifest(reference: string, manifest: Manifest | ImageIndex): Promise<Answer> {
    return pushManifestRaw(this.url, this.name, reference, manifest);
  }

  /** A request with every manifest type accepted, which distribution 2.8 needs. */
  async getManifest(
    reference: string,
    method = "GET",
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.send(method, `/manifests/${reference}`, {
      headers: { accept: acceptedTypes, ...headers },
    });
  }
}

function requireCreated(answer: Answer): void {
  if (answer.status !== 201) throw new Error(`cannot prepare the test: ${answer.status} ${answer.text}`);
}

const acceptedTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export const unknownDigest: Digest = digestOf("nobody has ever pushed this");
