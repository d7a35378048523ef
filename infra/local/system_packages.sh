#!/usr/bin/env bash
# What does not come from a Python or Maven registry. Installs only what is missing, with apt-get as root or by sudo;
# where it cannot, it says what to ask for. Exit 1 when something needed to run is missing afterwards.
set -euo pipefail
python=${PYTHON:-python3}

java_is_new() {
  local said
  said=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1) && [[ $said =~ version\ \"([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 17 ]
}
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
has_browser() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_fonts() {
  local folders=(/usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts")
  [ -n "$(find "${folders[@]}" -iregex '.*\(cjk\|wqy\|simsun\|simhei\|yahei\|sourcehan\).*' -print -quit 2>/dev/null || true)" ]
}
has_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

lacking() { # prints "package|needed for|needed or wanted" for each thing that is not there
  java_is_new || echo 'openjdk-17-jre-headless|Spark and Kafka|needed'
  command -v mvn >/dev/null || echo 'maven|fetching the jars|needed'
  has_postgres || echo 'postgresql|the operational store|needed'
  command -v openssl >/dev/null || echo 'openssl|time stamps of crawled evidence|needed'
  command -v setpriv >/dev/null || echo 'util-linux|running PostgreSQL when we are root|needed'
  has_venv || echo 'python3-venv|the Python environments|needed'
  has_browser || echo 'chromium|tests that open the screens|wanted'
  has_fonts || echo 'fonts-noto-cjk|Chinese in screenshots and in the pictures of licences that the demo draws|needed'
}

if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
  echo "✗ Python 3.11 is needed; '$python' is $("$python" --version 2>&1 || echo missing). Install it, or: make PYTHON=/path/to/python3.11 …" >&2
  exit 1
fi
missing=$(lacking)
[ -n "$missing" ] || exit 0

echo 'system packages that are missing:'
echo "$missing" | sed -E 's/^([^|]*)\|([^|]*)\|(.*)$/  \1 (\3 for: \2)/'
mapfile -t packages < <(echo "$missing" | cut -d'|' -f1)
if [ "$(id -u)" = 0 ]; then as_root=()
elif command -v sudo >/dev/null; then as_root=(sudo)
else
  echo "✗ neither root nor sudo here: ask somebody to run  apt-get install ${packages[*]}" >&2
  as_root=(false)
fi
if ! command -v apt-get >/dev/null; then
  echo '✗ no apt-get: this is not Debian or Ubuntu; install the packages above by your own means' >&2
elif [ "${as_root[*]:-}" != false ]; then
  # Debian's package starts a server of its own on 5432 unless told not to; ours is another one, below the home.
  if [[ " ${packages[*]} " == *' postgresql '* ]]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/jiandu.conf >/dev/null
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}" || true
fi

still=$(lacking)
if [ -n "$still" ]; then
  echo 'still missing:' >&2
  echo "$still" | sed -E 's/^([^|]*)\|([^|]*)\|(.*)$/  \1 (\3 for: \2)/' >&2
  ! echo "$still" | grep -q '|needed$'
fi
