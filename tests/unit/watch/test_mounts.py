from __future__ import annotations

from resolverd.watch.mounts import Mount, MountTable

TABLE = r"""22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /home/me/net rw,relatime - nfs4 server:/x rw
31 22 0:26 / /home/me/with\040space rw - fuse.sshfs me@host: rw
32 30 0:27 / /home/me/net/local rw - tmpfs tmpfs rw
33 22 0:28 / /over rw - ext4 /dev/sdb1 rw
34 33 0:29 / /over rw - cifs //x/y rw
"""


def test_the_innermost_mount_counts() -> None:
    table = MountTable(TABLE)
    assert table.type_of("/home/me/src") == "ext4"
    assert table.type_of("/home/me/net/a") == "nfs4"
    assert table.type_of("/home/me/net/local/a") == "tmpfs"
    assert table.type_of("/home/me/network") == "ext4"


def test_of_two_mounts_at_one_point_the_later_is_seen() -> None:
    assert MountTable(TABLE).type_of("/over/a") == "cifs"


def test_network_and_fuse_file_systems_are_not_believed() -> None:
    table = MountTable(TABLE)
    assert table.is_told("/home/me/src")
    assert not table.is_told("/home/me/net/a")
    assert not table.is_told("/home/me/with space/a")


def test_a_file_system_mounted_inside_one_that_is_not_believed_is() -> None:
    assert MountTable(TABLE).is_told("/home/me/net/local/a")


def test_what_the_kernel_makes_up_is_not_believed() -> None:
    table = MountTable(TABLE + "35 22 0:30 / /proc rw - proc proc rw\n")
    assert not table.is_told("/proc/7/cwd")
    assert table.is_told("/procedures")


def test_lines_that_are_none_are_passed_over() -> None:
    assert MountTable("\nnonsense\n1 2 3 - \n").type_of("/a") is None


def test_network_and_fuse_file_systems_may_hang_and_so_may_what_is_reached_through_them() -> None:
    table = MountTable(TABLE + "36 22 0:31 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n")
    assert table.remote_at("/home/me/src") is None
    assert table.remote_at("/proc/sys/fs/binfmt_misc") is None
    assert table.remote_at("/home/me/with space/a") == Mount("/home/me/with space", "fuse.sshfs", "31")
    assert table.remote_at("/home/me/net/local/a") == Mount("/home/me/net", "nfs4", "30")
