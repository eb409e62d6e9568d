"""covey: programs on a network find each other and talk in secret.

Every name is loaded when it is first used, so that `import covey` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it to be true; importing `typing` costs most of `import covey`
if TYPE_CHECKING:
    from typing import Any

    from covey.discovery.mdns import advertise, browse
    from covey.errors import (
        AuthenticationFailed,
        CallFailed,
        CallRefused,
        CallTimeout,
        CoveyError,
        EndpointError,
        HandshakeFailed,
        InterfaceError,
        KeyFileError,
        MessageTooLarge,
        MultipartMessage,
        NoRoute,
        NoService,
        NotSupportedByType,
        OptionError,
        PeerRefused,
        PermissionDenied,
        ProtocolError,
        ProviderGone,
        RemoteError,
        ResourceError,
        ServiceError,
        SocketClosed,
        StateError,
        UsageError,
        WouldBlock,
    )
    from covey.mesh.cluster_events import LinkDown, LinkUp, NodeDown, NodeUp
    from covey.mesh.events import (
        Entered,
        Evasive,
        Exited,
        Joined,
        Left,
        Missed,
        Offered,
        Shout,
        Whisper,
        Withdrew,
    )
    from covey.mesh.node import Node
    from covey.mesh.refusals import Refused
    from covey.mesh.services.call import Call
    from covey.messaging import (
        Channel,
        Client,
        Dealer,
        Dgram,
        Dish,
        Gather,
        Pair,
        Peer,
        Pub,
        Pull,
        Push,
        Radio,
        Rep,
        Req,
        Router,
        Scatter,
        Server,
        Stream,
        Sub,
        XPub,
        XSub,
    )
    from covey.messaging.authenticators import Asking, CertificateDirectory, Passwords
    from covey.messaging.proxy import Proxy, proxy
    from covey.messaging.received import ReceivedMessage
    from covey.security.curve.client import CurveClient
    from covey.security.curve.keys import CurveKeys
    from covey.security.curve.server import CurveServer
    from covey.security.noise.client import NoiseClient
    from covey.security.noise.server import NoiseServer
    from covey.security.plain import PlainClient, PlainServer
    from covey.security.sealed_group import SealedGroup
    from covey.security.secret import Secret
    from covey.security.trust.authority import Authority
    from covey.security.trust.pinned import Pinned

__version__ = "0.1.0"

_HOMES = {
    "covey.discovery.mdns": (
        "advertise",
        "browse",
    ),
    "covey.errors": (
        "AuthenticationFailed",
        "CallFailed",
        "CallRefused",
        "CallTimeout",
        "CoveyError",
        "EndpointError",
        "HandshakeFailed",
        "InterfaceError",
        "KeyFileError",
        "MessageTooLarge",
        "MultipartMessage",
        "NoRoute",
        "NoService",
        "NotSupportedByType",
        "OptionError",
        "PeerRefused",
        "PermissionDenied",
        "ProtocolError",
        "ProviderGone",
        "RemoteError",
        "ResourceError",
        "ServiceError",
        "SocketClosed",
        "StateError",
        "UsageError",
        "WouldBlock",
    ),
    "covey.mesh.cluster_events": ("LinkDown", "LinkUp", "NodeDown", "NodeUp"),
    "covey.mesh.events": (
        "Entered",
        "Evasive",
        "Exited",
        "Joined",
        "Left",
        "Missed",
        "Offered",
        "Shout",
        "Whisper",
        "Withdrew",
    ),
    "covey.mesh.node": ("Node",),
    "covey.mesh.refusals": ("Refused",),
    "covey.mesh.services.call": ("Call",),
    "covey.messaging": (
        "Channel",
        "Client",
        "Dealer",
        "Dgram",
        "Dish",
        "Gather",
        "Pair",
        "Peer",
        "Pub",
        "Pull",
        "Push",
        "Radio",
        "Rep",
        "Req",
        "Router",
        "Scatter",
        "Server",
        "Stream",
        "Sub",
        "XPub",
        "XSub",
    ),
    "covey.messaging.authenticators": (
        "Asking",
        "CertificateDirectory",
        "Passwords",
    ),
    "covey.messaging.proxy": (
        "Proxy",
        "proxy",
    ),
    "covey.messaging.received": ("ReceivedMessage",),
    "covey.security.curve.client": ("CurveClient",),
    "covey.security.curve.keys": ("CurveKeys",),
    "covey.security.curve.server": ("CurveServer",),
    "covey.security.noise.client": ("NoiseClient",),
    "covey.security.noise.server": ("NoiseServer",),
    "covey.security.plain": (
        "PlainClient",
        "PlainServer",
    ),
    "covey.security.sealed_group": ("SealedGroup",),
    "covey.security.secret": ("Secret",),
    "covey.security.trust.authority": ("Authority",),
    "covey.security.trust.pinned": ("Pinned",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Asking",
    "AuthenticationFailed",
    "Authority",
    "Call",
    "CallFailed",
    "CallRefused",
    "CallTimeout",
    "CertificateDirectory",
    "Channel",
    "Client",
    "CoveyError",
    "CurveClient",
    "CurveKeys",
    "CurveServer",
    "Dealer",
    "Dgram",
    "Dish",
    "EndpointError",
    "Entered",
    "Evasive",
    "Exited",
    "Gather",
    "HandshakeFailed",
    "InterfaceError",
    "Joined",
    "KeyFileError",
    "Left",
    "LinkDown",
    "LinkUp",
    "MessageTooLarge",
    "Missed",
    "MultipartMessage",
    "NoRoute",
    "NoService",
    "Node",
    "NodeDown",
    "NodeUp",
    "NoiseClient",
    "NoiseServer",
    "NotSupportedByType",
    "Offered",
    "OptionError",
    "Pair",
    "Passwords",
    "Peer",
    "PeerRefused",
    "PermissionDenied",
    "Pinned",
    "PlainClient",
    "PlainServer",
    "ProtocolError",
    "ProviderGone",
    "Proxy",
    "Pub",
    "Pull",
    "Push",
    "Radio",
    "ReceivedMessage",
    "Refused",
    "RemoteError",
    "Rep",
    "Req",
    "ResourceError",
    "Router",
    "Scatter",
    "SealedGroup",
    "Secret",
    "Server",
    "ServiceError",
    "Shout",
    "SocketClosed",
    "StateError",
    "Stream",
    "Sub",
    "UsageError",
    "Whisper",
    "Withdrew",
    "WouldBlock",
    "XPub",
    "XSub",
    "advertise",
    "browse",
    "proxy",
    "__version__",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'covey' has no attribute {name!r}")
    from .loading import load

    value = getattr(load(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
