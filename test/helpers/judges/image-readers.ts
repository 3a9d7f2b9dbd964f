import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { findMissing } from "../processes/installed.ts";
import { runProgram } from "../processes/run-program.ts";
import { type Containerd, missingContainerd, startContainerd } from "./containerd.ts";
import { type Dockerd, missingDockerd, startDockerd } from "./dockerd.ts";

/** Something that was written, to be read by other people's programs. */
export interface WrittenForm {
  readonly kind: "archive" | "folder" | "registry";
  /** Of the file or folder; in a registry the whole name. */
  readonly path: string;
  /** What it is called in there. */
  readonly name: string;
  /** Whether docker's `manifest.json` is beside the layout. */
  readonly docker?: boolean;
}

/** Where readers may put what they read. */
export interface Bench {
  readonly folder: string;
  /** Of a registry without TLS. */
  readonly host: string;
}

export interface ImageReader {
  /** What is missing for it, if anything. */
  readonly missing: string | undefined;
  /** Reads one of a kind, throwing where it cannot; undefined where it has no command for the kind. */
  readonly read: (form: WrittenForm, bench: Bench) => Promise<unknown> | undefined;
}

let daemon: Promise<Dockerd> | undefined;
let containerd: Promise<Containerd> | undefined;
let count = 0;

/** Stops what readers have started. */
export async function stopReaders(): Promise<void> {
  await (await daemon)?.[Symbol.asyncDispose]();
  await (await containerd)?.stop();
}

function fresh({ host }: Bench): string {
  count += 1;
  return `${host}/read/by${count}:1.0`;
}

function tagOf({ name }: WrittenForm): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

/** By the name of their column. */
export const imageReaders: Readonly<Record<string, ImageReader>> = {
  "docker 20.10": {
    missing: missingDockerd,
    read: ({ kind, path }) => {
      if (kind === "folder") return undefined;
      const words =
        kind === "archive" ? ["load", "--input", path] : ["pull", "--platform", "linux/amd64", path];
      return (daemon ??= startDockerd()).then((started) => started.docker(...words));
    },
  },
  podman: {
    missing: findMissing("podman"),
    read: async ({ kind, path, name }, { folder }) => {
      const own = await mkdtemp(join(folder, "podman-"));
      const places = ["--root", join(own, "root"), "--runroot", join(own, "run"), "--storage-driver", "vfs"];
      if (kind === "archive") return runProgram("podman", ...places, "load", "--quiet", "--input", path);
      const from = kind === "folder" ? `oci:${path}:${name}` : `docker://${path}`;
      const pull = ["pull", "--quiet", "--arch", "amd64", "--tls-verify=false", from];
      return runProgram("podman", ...places, ...pull);
    },
  },
  skopeo: {
    missing: findMissing("skopeo"),
    read: async ({ kind, path, name, docker }, { folder }) => {
      const copy = async (from: string): Promise<string> => {
        const to = `dir:${await mkdtemp(join(folder, "skopeo-"))}`;
        const words = ["copy", "--quiet", "--all", "--src-tls-verify=false", from, to];
        return runProgram("skopeo", "--insecure-policy", ...words);
      };
      if (kind === "registry") return copy(`docker://${path}`);
      if (kind === "folder") return copy(`oci:${path}:${name}`);
      if (!docker) return copy(`oci-archive:${path}:${name}`);
      return copy(`docker-archive:${path}`).catch(() => copy(`oci-archive:${path}:${name}`));
    },
  },
  umoci: {
    missing: findMissing("umoci"),
    read: ({ kind, path, name }) =>
      kind === "folder" ? runProgram("umoci", "stat", "--image", `${path}:${name}`) : undefined,
  },
  ctr: {
    missing: missingContainerd,
    read: ({ kind, path }) => {
      if (kind === "folder") return undefined;
      return (containerd ??= startContainerd()).then((started) =>
        kind === "archive" ? started.importArchive(path, "linux/amd64") : started.pull(path, "linux/amd64"),
      );
    },
  },
  crane: {
    missing: findMissing("crane"),
    read: ({ kind, path }, bench) => {
      if (kind === "archive") return runProgram("crane", "push", "--insecure", path, fresh(bench));
      if (kind === "folder") return runProgram("crane", "push", "--insecure", "--index", path, fresh(bench));
      return runProgram("crane", "validate", "--insecure", "--remote", path);
    },
  },
  regctl: {
    missing: findMissing("regctl"),
    read: (form, bench) => {
      const { kind, path } = form;
      const regctl = (...words: readonly string[]): Promise<string> =>
        runProgram("regctl", "--host", `reg=${bench.host},tls=disabled`, "image", ...words);
      if (kind === "archive") return regctl("import", fresh(bench), path);
      const from = kind === "folder" ? `ocidir://${path}:${tagOf(form)}` : path;
      return regctl("copy", from, fresh(bench));
    },
  },
  "oras cp": {
    missing: findMissing("oras"),
    read: ({ kind, path, name }, bench) => {
      const from = kind === "registry" ? ["--from-plain-http", path] : ["--from-oci-layout-path", path, name];
      return runProgram("oras", "cp", "--to-plain-http", ...from, fresh(bench));
    },
  },
  "oras restore": {
    missing: findMissing("oras"),
    read: (form, bench) => {
      if (form.kind === "registry") return undefined;
      return runProgram("oras", "restore", "--plain-http", "--input", form.path, fresh(bench));
    },
  },
  "cosign load": {
    missing: findMissing("cosign"),
    read: ({ kind, path }, bench) =>
      kind === "folder"
        ? runProgram("cosign", "load", "--allow-http-registry", "--dir", path, fresh(bench))
        : undefined,
  },
};
