#!/bin/sh
# Makes the password file from the environment, so that no password stands in a file of the image or the repository.
set -eu
umask 077
mosquitto_passwd -b -c /tmp/mosquitto.passwd host "$CELLHOUSE_FIELD_PASSWORD"
mosquitto_passwd -b /tmp/mosquitto.passwd edge "$CELLHOUSE_FIELD_PASSWORD"
exec mosquitto -c "${1:-/mosquitto/config/mosquitto.conf}"
