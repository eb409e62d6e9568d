from __future__ import annotations

import pytest

from covey.errors import OptionError
from covey.transports.multicast.settings import MulticastOptions, receiver_settings, sender_settings
from covey.transports.pgm.settings import ParitySettings


@pytest.mark.parametrize(
    ("is_ipv6", "raw", "tsdu"), [(False, False, 1428), (False, True, 1436), (True, False, 1408)]
)
def test_tsdus_are_as_large_as_libzmqs(is_ipv6: bool, raw: bool, tsdu: int) -> None:
    assert sender_settings(MulticastOptions(), is_ipv6=is_ipv6, raw=raw).tsdu == tsdu


def test_a_run_fits_into_one_call() -> None:
    for mtu in (576, 1500, 9000):
        settings = sender_settings(MulticastOptions(multicast_maxtpdu=mtu), is_ipv6=False, raw=False)
        assert 1 <= settings.segments <= 64
        assert settings.segments * (settings.tsdu + 24) <= 65_507


@pytest.mark.parametrize(("is_ipv6", "least"), [(False, 88), (True, 108)])
def test_packets_without_room_for_data_are_refused(is_ipv6: bool, least: int) -> None:
    for size in (68, least - 1, 65_536):
        with pytest.raises(OptionError, match=f"from {least} to 65535 here, not {size}"):
            sender_settings(MulticastOptions(multicast_maxtpdu=size), is_ipv6=is_ipv6, raw=False)
    assert sender_settings(MulticastOptions(multicast_maxtpdu=least), is_ipv6=is_ipv6, raw=False).tsdu == 16


def test_units_are_zeromqs() -> None:
    settings = sender_settings(MulticastOptions(rate=8000, recovery_ivl=2500), is_ipv6=False, raw=False)
    assert settings.rate == 1_000_000.0
    assert settings.window_seconds == 2.5
    assert settings.window_octets == 2_500_000
    assert receiver_settings(MulticastOptions(recovery_ivl=2500), 1 << 20).give_up == 2.5


def test_no_rate_means_no_limit() -> None:
    assert sender_settings(MulticastOptions(), is_ipv6=False, raw=False).rate is None


def test_parity_and_raw_sockets_send_singly() -> None:
    # a network that drops whole runs would take a group's data and its parity at once
    assert sender_settings(MulticastOptions(parity=ParitySettings()), is_ipv6=False, raw=False).segments == 1
    assert sender_settings(MulticastOptions(), is_ipv6=False, raw=True).segments == 1


def test_a_receiver_reports_what_its_buffer_takes() -> None:
    assert receiver_settings(MulticastOptions(), 212_992).flow_packets == 66
    assert receiver_settings(MulticastOptions(), 8 << 20).flow_packets > 2000
    assert receiver_settings(MulticastOptions(maxmsgsize=10), 0).max_message == 10
