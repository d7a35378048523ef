"""Sends an alert as a plain-text mail in Chinese over the province's relay."""

from __future__ import annotations

import hashlib
import smtplib
from email.message import EmailMessage
from email.policy import SMTP

from jiandu.alert.channels import SendFailed
from jiandu.alert.channels.webhook import KEY_HEADER
from jiandu.alert.message import Message
from jiandu.alert.office import Office
from jiandu.errors import JianduError
from jiandu.settings import settings

TIMEOUT_S = 10.0


class Channel:
    """SMTP; the message id is made from the key, so that a mailbox shows a repeat once."""

    name = "mail"

    def address(self, office: Office) -> str:
        """The department's mailbox."""
        return office.email

    def send(self, message: Message) -> None:
        """Hand the mail to the relay. Raises ``SendFailed`` when it does not take it."""
        host, port = relay()
        try:
            # Named, or smtplib asks the name server who we are for every mail.
            with smtplib.SMTP(host, port, local_hostname=sender_domain(), timeout=TIMEOUT_S) as smtp:
                smtp.send_message(mail(message))
        except (smtplib.SMTPException, OSError) as error:
            raise SendFailed(f"smtp://{host}:{port}: {type(error).__name__}: {error}") from error


def relay() -> tuple[str, int]:
    """Host and port of the relay: the setting, else the embedded receiver. Raises ``JianduError`` for a setting that is neither."""
    if not settings().smtp_address:
        return "127.0.0.1", settings().port("smtp")
    host, _, port = settings().smtp_address.rpartition(":")
    if not host or not port.isdigit():
        raise JianduError.at("JIANDU_SMTP_ADDRESS", f"{settings().smtp_address!r} is not host:port", "e.g. relay.example:25")
    return host, int(port)


def sender_domain() -> str:
    """The part of the sender's address after the @."""
    return settings().mail_from.rpartition("@")[2]


def mail(message: Message) -> EmailMessage:
    """The mail of a message."""
    made = EmailMessage(policy=SMTP)
    made["From"] = settings().mail_from
    made["To"] = message.recipient
    made["Subject"] = message.subject
    made["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()}@{sender_domain()}>"
    made[KEY_HEADER] = message.key
    made.set_content(message.text, cte="base64")
    return made
