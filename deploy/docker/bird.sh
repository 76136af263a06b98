#!/bin/sh
# BIRD in a container, with the examples of deploy/bird as they are, but for what differs between POPs:
#
#   bird.sh pop      BIRD_POP (its number), BIRD_LINK4 and BIRD_LINK6 (its addresses on the link to the router), and
#                    BIRD_SERVED (the addresses that it serves, which come to lo here)
#   bird.sh router   the other side, with sessions to all three
#
# Further arguments go to bird: "-p" only reads the configuration.
set -eu
role=$1
shift
from=${BIRD_EXAMPLES:-/etc/zonecast/bird}
to=${BIRD_FOLDER:-/run/zonecast-bird}
mkdir -p "$to"

case $role in
pop)
  # A container has no syslog.
  sed -e 's/^log syslog/log stderr/' \
    -e "s/192\.0\.2\.2;/$BIRD_LINK4;/; s/192\.0\.2\.2 /$BIRD_LINK4 /; s/2001:db8:ffff::2 /$BIRD_LINK6 /" \
    -e "s/^define POP = 1;/define POP = $BIRD_POP;/" "$from/bird.conf" >"$to/bird.conf"
  cp "$from/session.conf" "$to/session.conf"
  ;;
router)
  sed -e 's/^log syslog/log stderr/' "$from/router.conf" >"$to/bird.conf"
  for pop in 2 3; do
    for family in 4 6; do
      case $family in
      4) local=192.0.2.1 neighbor=192.0.2.$((pop + 1)) ;;
      6) local=2001:db8:ffff::1 neighbor=2001:db8:ffff::$((pop + 1)) ;;
      esac
      echo "protocol bgp pop${pop}_v$family from customer$family { local $local as MYAS; neighbor $neighbor as CUSTOMER; password \"change-me\"; }"
    done
  done >>"$to/bird.conf"
  ;;
*)
  echo "bird.sh: expected pop or router, got \"$role\"" >&2
  exit 2
  ;;
esac

if [ $# -eq 0 ]; then
  for address in ${BIRD_SERVED:-}; do
    case $address in
    *:*) ip -6 address replace "$address/128" dev lo nodad ;;
    *) ip address replace "$address/32" dev lo ;;
    esac
  done
  set -- -f
fi
exec bird -c "$to/bird.conf" -s "$to/bird.ctl" "$@"
