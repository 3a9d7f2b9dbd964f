import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import tar from "tar-stream";

/** Of Debian's packages: libraries, what resolves names, licences and certificates; no locales, converters or tools. */
const wanted =
  /^(?:lib|lib64|usr\/lib)\/(?:[^/]+-linux-gnu[^/]*\/)?[^/]+\.so\.[\d.]+$|^usr\/share\/doc\/[^/]+\/copyright$/;
const certificate = /^usr\/share\/ca-certificates\/.*\.crt$/;

/** User and group of the program in the image. */
export const userId = 65532;

/**
 * The files of the first layer, as headers of tar-stream with their content: libraries and licences of the packages, all
 * certificates in one file as update-ca-certificates writes it, the few files that a system has to have, and for scanners
 * what is installed.
 */
export async function libraryEntries(packages) {
  const files = [];
  const certificates = [];
  for (const { name, path } of packages) {
    const status = dpkgDeb("--field", path);
    files.push(file(`var/lib/dpkg/status.d/${name}`, await buffer(status.stdout)));
    for await (const entry of readEntries(path)) {
      if (certificate.test(entry.header.name)) certificates.push(entry);
      else if (wanted.test(entry.header.name)) files.push(entry);
    }
  }
  return [...systemFiles(), ...files, certificateFile(certificates)].sort(byName);
}

/** The program, in a layer of its own, so that a new version of it is all that travels. */
export function programEntries(executable) {
  const header = { name: "usr/local/bin/airgap-load", mode: 0o755, size: statSync(executable).size };
  return [{ header, open: () => createReadStream(executable) }];
}

function systemFiles() {
  const user = `airgap-load:x:${userId}:${userId}:airgap-load:/home/airgap-load:/sbin/nologin\n`;
  return [
    file("etc/passwd", `root:x:0:0:root:/root:/sbin/nologin\n${user}`),
    file("etc/group", `root:x:0:\nairgap-load:x:${userId}:\n`),
    file("etc/nsswitch.conf", "hosts: files dns\n"),
    file("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'),
    { header: { name: "home/airgap-load/", type: "directory", mode: 0o700, uid: userId, gid: userId } },
    { header: { name: "tmp/", type: "directory", mode: 0o1777 } },
  ];
}

function file(name, content) {
  const bytes = Buffer.from(content);
  return { header: { name, mode: 0o644, size: bytes.length }, open: () => [bytes] };
}

function certificateFile(entries) {
  const texts = entries.sort(byName).map(({ bytes }) => `${bytes.toString("latin1").trimEnd()}\n`);
  return file("etc/ssl/certs/ca-certificates.crt", texts.join(""));
}

function byName(a, b) {
  return a.header.name < b.header.name ? -1 : 1;
}

/** The files and links of a package; what they hold is small. */
async function* readEntries(path) {
  const child = dpkgDeb("--fsys-tarfile", path);
  for await (const entry of child.stdout.pipe(tar.extract())) {
    const { name, type, mode, linkname } = entry.header;
    const bytes = await buffer(entry);
    if (type === "directory") continue;
    const header = { name: name.replace(/^\.\//, ""), type, mode, linkname, size: bytes.length };
    yield { header, bytes, open: () => [bytes] };
  }
}

function dpkgDeb(action, path) {
  const child = spawn("dpkg-deb", [action, path], { stdio: ["ignore", "pipe", "inherit"] });
  void once(child, "close").then(([code]) => {
    if (code !== 0) child.stdout.destroy(new Error(`dpkg-deb ${action} ${path} ended with ${code}`));
  });
  return child;
}
