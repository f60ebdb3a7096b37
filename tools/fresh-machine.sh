#!/usr/bin/env bash
# Runs the README's two commands on a machine that has only Node and npm: a Debian made from nothing in a folder, with this
# machine's Node, its settings for where packages come from, and a clone of the last commit. Needs root and debootstrap.
#   tools/fresh-machine.sh            both commands
#   tools/fresh-machine.sh demo|test  one of them
#   tools/fresh-machine.sh test -- element path   the test command for a part
#   NODE_BINARY=/path/to/node         another Node than the first in PATH
#   WITHOUT_APT=1                     a machine where nothing can be installed: what needs more is skipped by name
set -euo pipefail
cd "$(dirname "$0")/.."

which=${1:-both}
part=${*:2}
node=$(readlink -f "${NODE_BINARY:-$(command -v node)}")
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
command -v debootstrap > /dev/null || { echo 'debootstrap is needed: apt-get install debootstrap'; exit 1; }
[ "$(id -u)" = 0 ] || { echo 'Run this as root: it makes a file system of its own.'; exit 1; }

root=$(mktemp -d /var/tmp/fresh-machine-XXXXXX)
cleanup() {
  for mount in dev/shm dev proc sys; do umount --lazy "$root/$mount" 2> /dev/null || true; done
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT

read -r mirror suite < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | head -n 1)
echo "=== A bare Debian $suite"
debootstrap --variant=minbase "$suite" "$root" "$mirror" > /dev/null

echo "=== Node $("$node" --version) and npm, and nothing else"
install -D "$node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -r "$npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"

# Where packages come from on this machine, and whom it trusts for that.
rm -rf "$root/etc/apt/sources.list"
cp -a /etc/apt/sources.list* /etc/apt/apt.conf* "$root/etc/apt/" 2> /dev/null || true
install -D /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
for file in "$(npm config get globalconfig)" "$(npm config get userconfig)"; do
  if [ -f "$file" ]; then cat "$file"; fi
done > "$root/root/.npmrc"

if [ -n "${WITHOUT_APT:-}" ]; then rm "$root/usr/bin/apt-get"; fi

mount -t proc proc "$root/proc"
mount --bind /sys "$root/sys"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"
git clone -q . "$root/root/project"

# In the empty root, with nothing of this machine's environment but whom Node trusts.
inside() {
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt} ${CI:+CI=$CI} ${PORT:+PORT=$PORT} \
    chroot "$root" bash -c "cd /root/project && $1"
}
command_of() { grep -o "^npm ci && npm $1" README.md | head -n 1; }

if [ "$which" != test ]; then
  echo "=== $(command_of 'run demo')"
  # A process group of its own, so that Ctrl-C reaches all of it as on a terminal.
  : > "$root/demo.log"
  set -m
  inside "$(command_of 'run demo')" > "$root/demo.log" 2>&1 &
  demo=$!
  set +m
  until grep -q 'Ctrl-C stops it' "$root/demo.log"; do
    kill -0 "$demo" 2> /dev/null || { cat "$root/demo.log"; exit 1; }
    sleep 1
  done
  cat "$root/demo.log"
  page=$(grep -o 'http://[^ ]*EventsPage?[^ ]*' "$root/demo.log" | head -n 1)
  "$node" -e 'fetch(process.argv[1]).then(async (answer) => {
    const html = await answer.text()
    if (!html.includes("<cvent-registration")) throw new Error(`no element on ${process.argv[1]}`)
    console.log(`The page answers ${answer.status} and has the element on it.`)
  })' "$page"
  kill -INT -- "-$demo"
  wait "$demo" 2> /dev/null || true
  tail -n 1 "$root/demo.log"
fi
if [ "$which" != demo ]; then
  echo "=== $(command_of test) $part"
  inside "$(command_of test) $part"
fi
