#!/bin/sh
# photographs.sh FOLDER: 255 photographs of animals, monuments, tools and fish from Debian's package gcompris-qt-data, to
# try the photo pipeline on. They are free, each under its own licence (public domain, CC0, CC BY, CC BY-SA, GFDL, GPL):
# FOLDER/copyright lists author and licence of each one. Needs apt-get, dpkg-deb and a JDK; downloads 44 MB.
set -eu
[ $# = 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
[ ! -e "$1" ] || { echo "$1 exists; give a new folder." >&2; exit 2; }
bench=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -o APT::Sandbox::User=root download -q gcompris-qt-data=3.1-2)
echo "e9cf06ab2105529068df73085784e835d2ff03f870d2a8091f09125d40abac9f  $(ls "$work"/*.deb)" | sha256sum -c -
dpkg-deb -x "$work"/*.deb "$work/data"
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
cp "$work/data/usr/share/doc/gcompris-qt-data/copyright" "$folder/"
cd "$work/data/usr/share/gcompris-qt/rcc"
java "$bench/QtResources.java" "$folder" categorization.rcc erase.rcc explore_farm_animals.rcc explore_monuments.rcc \
  explore_world_animals.rcc explore_world_music.rcc
rm -rf "$folder/categorization/images/numbers" "$folder/categorization/images/alphabets"   # drawings
echo "$(find "$folder" -name '*.webp' | wc -l) photographs in $folder"
