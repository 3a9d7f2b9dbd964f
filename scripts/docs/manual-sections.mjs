import { exitCodes } from "../../dist/oci/airgap-error.js";

/** What the manual page says of the program as a whole; items are terms with their text. */

export const environment = [
  [
    "AIRGAP_LOAD_...",
    "Any option: AIRGAP_LOAD_CA_FILE stands for --ca-file, AIRGAP_LOAD_STRICT=1 for a switch, several values come one a line. The command line comes first; --print-config shows what holds.",
  ],
  ["AIRGAP_LOAD_PASSWORD", "The password that goes with --username; --password-env names another variable."],
  [
    "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
    "In either case, as other programs read them. Loopback never goes through a proxy.",
  ],
  ["REGISTRY_AUTH_FILE", "A file of credentials, instead of all places below."],
  ["DOCKER_AUTH_CONFIG", "Credentials in the form of docker's config.json."],
  ["DOCKER_CONFIG", "The folder of docker's config.json, instead of ~/.docker."],
  ["SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS", "Certificates that are trusted."],
  ["XDG_CONFIG_HOME, XDG_RUNTIME_DIR, XDG_CACHE_HOME, XDG_STATE_HOME", "Where the user's folders are."],
  ["TMPDIR", "Where temp files go, unless --temp-dir says so."],
  ["NO_COLOR, FORCE_COLOR", "Without colours, with colours; by themselves they are for terminals."],
  ["TERM, CI", "With TERM=dumb or CI=true there are no bars, with TERM=dumb no pager."],
  ["PAGER", "What docs shows a document with on a terminal."],
];

export const files = [
  ["$XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json", "Podman's credentials."],
  ["~/.docker/config.json, ~/.dockercfg", "Docker's credentials and credential helpers."],
  [
    "/etc/rancher/k3s/registries.yaml, /etc/rancher/rke2/registries.yaml",
    "Credentials and certificates, where --registries-yaml names the file or it is there.",
  ],
  [
    "/etc/containerd/certs.d/HOST/, /etc/docker/certs.d/HOST/, /etc/containers/certs.d/HOST/, ~/.config/containers/certs.d/HOST/",
    "Certificates for a registry, and containerd's hosts.toml.",
  ],
  [
    "~/.cache/airgap-load/",
    "What was read in archives, and which layers were found to be alike. It may be deleted at any time.",
  ],
  ["~/.local/state/airgap-load/", "Lists of manifest create that are not pushed yet."],
];

const meanings = {
  done: "Done.",
  partial: "Some images failed and others are done, or --require, --strict or --on-existing fail is not met.",
  usage: "The command line is wrong.",
  content: "Content is damaged or contradictory, images are missing, or checksums are wrong.",
  noInput: "An archive cannot be read.",
  unreachable: "The registry cannot be reached.",
  internal: "A bug of airgap-load.",
  cannotCreate: "A file or the temp folder cannot be created.",
  disk: "The disk is full or failing.",
  gaveUp: "Given up after retries.",
  protocol: "The registry broke the protocol.",
  denied: "The registry denied it.",
  configuration: "A configuration file is wrong.",
  hungUp: "Ended by SIGHUP.",
  interrupted: "Ended by SIGINT, Ctrl-C.",
  terminated: "Ended by SIGTERM.",
};

export const exitStatus = Object.entries(exitCodes).map(([kind, code]) => [String(code), meanings[kind]]);
