# Sourced by scripts/test and .ci/run.
#
# `part NAME COMMAND…` runs a command, prints how long it took and adds a line to PARTS, which
# tests/conftest.py shows at the end, beside the times of the tests.
# `failed` is set once a part has failed.
export PARTS=${PARTS:-}
failed=

part() {
  local name=$1 start=$SECONDS status=0
  shift
  printf '== %s\n' "$name"
  "$@" || status=$?
  local line
  line=$(printf '%6d s  %s' $((SECONDS - start)) "$name")
  if [ "$status" != 0 ]; then
    failed=yes
    line="$line: FAILED"
  fi
  printf '%s\n\n' "$line"
  PARTS="$PARTS$line
"
  return "$status"
}
