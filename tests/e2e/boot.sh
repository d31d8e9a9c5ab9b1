#!/bin/bash
# A real systemd as the first process of namespaces of its own, on an overlay of this machine's root that only RAM backs.
#
#   boot.sh start STATE_DIRECTORY SHOWN...   boot it; each directory SHOWN is there under its own path, read-only
#   boot.sh exec  STATE_DIRECTORY COMMAND... run a command in it, as root
#   boot.sh stop  STATE_DIRECTORY            power it off; nothing is left
#
# For root. Exit code 77: this machine cannot do it.
set -eu
action=$1 state=$2
shift 2
cgroups=/sys/fs/cgroup/unified
[ -d $cgroups ] || cgroups=/sys/fs/cgroup
cgroup=$cgroups/$(basename "$state")

# What a container has no use for, and would wait for.
masked="systemd-networkd systemd-resolved systemd-timesyncd systemd-udevd systemd-udevd-control.socket
  systemd-udevd-kernel.socket ssh cron docker containerd apt-daily.timer apt-daily-upgrade.timer getty@tty1 console-getty
  serial-getty@ttyS0 systemd-remount-fs systemd-tmpfiles-setup-dev systemd-binfmt systemd-modules-load systemd-sysctl
  proc-sys-fs-binfmt_misc.automount"

boot() {
  root=$state/t/r
  mount -t tmpfs -o mode=755,size=512m boot "$state/t"
  mkdir -p "$state/t/u" "$state/t/w" "$root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$state/t/u,workdir=$state/t/w" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir -p "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  mount -t tmpfs shm "$root/dev/shm"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs -o mode=755 run "$root/run"
  mount -t tmpfs -o mode=1777 tmp "$root/tmp"
  mount -t tmpfs -o mode=755 home "$root/home"
  for shown in "$@"; do
    mkdir -p "$root$shown"
    mount --bind -o ro "$shown" "$root$shown"
    # Whoever runs in there has to come that far.
    parent=$(dirname "$root$shown")
    while [ "$parent" != "$root" ]; do chmod a+x "$parent"; parent=$(dirname "$parent"); done
  done
  for unit in $masked; do
    case $unit in *.*) ;; *) unit=$unit.service ;; esac
    ln -sfn /dev/null "$root/etc/systemd/system/$unit"
  done
  rm -f "$root/etc/fstab"
  : >"$root/etc/machine-id"
  echo "dev:x:4242:4242::/home/dev:/bin/bash" >>"$root/etc/passwd"
  echo "dev:x:4242:" >>"$root/etc/group"
  echo "dev:*:19000:0:99999:7:::" >>"$root/etc/shadow"
  cd "$root"
  mkdir -p .old
  pivot_root . .old
  umount -l /.old
  mount --make-rshared /
  exec env -i container=boot PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=linux SYSTEMD_LOG_TARGET=console \
    /lib/systemd/systemd --system --unit=basic.target --default-standard-output=journal --show-status=false
}

first_process() {
  for process in $(cat "$cgroup/cgroup.procs" "$cgroup/init.scope/cgroup.procs" 2>/dev/null); do
    if grep -qsE '^NSpid:.*[[:space:]]1$' "/proc/$process/status"; then echo "$process"; fi
  done | head -1
}

case $action in
  boot) boot "$@" ;;
  start)
    [ "$(id -u)" = 0 ] && [ -x /lib/systemd/systemd ] || exit 77
    mkdir -p "$state/t"
    mkdir -p "$cgroup" || exit 77
    (
      echo "$BASHPID" >"$cgroup/cgroup.procs"
      exec setsid unshare --mount --propagation private --pid --uts --ipc --cgroup --net --fork -- \
        "$0" boot "$state" "$@"
    ) >"$state/console" 2>&1 </dev/null &
    for _ in $(seq 300); do
      first=$(first_process) || true
      if [ -n "${first:-}" ]; then
        echo "$first" >"$state/pid"
        case $(nsenter -t "$first" -a systemctl is-system-running 2>/dev/null || true) in
          running | degraded) exit 0 ;;
        esac
      fi
      sleep 0.1
    done
    cat "$state/console"
    exit 77
    ;;
  exec) exec nsenter -t "$(cat "$state/pid")" -a "$@" ;;
  stop)
    first=$(cat "$state/pid" 2>/dev/null || true)
    if [ -n "$first" ]; then
      nsenter -t "$first" -a systemctl exit 2>/dev/null || true
      for _ in $(seq 50); do [ -d "/proc/$first" ] || break; sleep 0.1; done
      [ -d "/proc/$first" ] && kill -9 "$first"
    fi
    for _ in $(seq 50); do
      find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [ -e "$cgroup" ] || exit 0
      sleep 0.1
    done
    echo "$cgroup is left" >&2
    exit 1
    ;;
esac
