// Completes package-lock.json after `npm install` with a registry that does not carry every platform's binaries:
// npm then leaves those packages out of the lock, and `npm ci` refuses a lock that is not whole. Their names say
// what they are for, and a machine of another platform never asks for them.
//
//   node .ci/complete-lock.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = new Map([
  ...[
    'aix',
    'android',
    'darwin',
    'freebsd',
    'linux',
    'netbsd',
    'openbsd',
    'openharmony',
    'sunos',
    'win32',
  ].map((name) => [name, name]),
  ['ohos', 'openharmony'],
]);
const PROCESSORS = new Map([
  ...['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'].map(
    (name) => [name, name],
  ),
  ['ppc64le', 'ppc64'],
  ['armv7', 'arm'],
]);
const LIBRARIES = new Map([
  ['musl', 'musl'],
  ['musleabihf', 'musl'],
  ['gnu', 'glibc'],
  ['gnueabihf', 'glibc'],
]);

/** The first word of a package's name that a table knows. */
function find(words, table) {
  const word = words.find((each) => table.has(each));
  return word === undefined ? undefined : [table.get(word)];
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { packages } = lock;
for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const isThere = packages[`node_modules/${name}`] ?? packages[`${path}/node_modules/${name}`];
    if (isThere !== undefined || !/^\d/.test(version)) continue;
    const words = name.split(/[-/@.]/);
    const limits = { cpu: find(words, PROCESSORS), libc: find(words, LIBRARIES), os: find(words, SYSTEMS) };
    if (limits.cpu === undefined)
      throw new Error(`${name} does not say what it is for: write its entry by hand.`);
    packages[`node_modules/${name}`] = { version, ...limits, ...(dev ? { dev } : {}), optional: true };
    console.log(`added ${name} ${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, undefined, 2)}\n`);
