"""Settings of the deployment: the only reader of the environment."""

import logging
import os
from dataclasses import dataclass, replace
from functools import cache


@dataclass(frozen=True, slots=True)
class DeploymentSettings:
    """The settings that template.yaml hands to every function. Durations say their unit."""

    table_name: str
    deployment_secret_arn: str
    wrapping_key_arn: str
    callback_queue_url: str
    callback_dead_letter_queue_url: str
    unreadable_records_queue_url: str
    call_order_queue_url: str
    session_expiry_default_seconds: int
    session_expiry_max_seconds: int
    call_time_limit_default_seconds: int
    ring_timeout_default_seconds: int
    retention_days: int
    audit_retention_days: int
    pin_length: int
    pin_guess_window_seconds: int
    pin_slow_after: int
    pin_caller_lock_after: int
    pin_guesses_per_day: int
    creates_per_minute: int
    calls_per_session: int
    calls_per_caller_per_hour: int
    public_base_url: str
    allow_loopback_callbacks: bool
    why_patience_seconds: float
    api_base_url: str = ""

    @property
    def own_urls(self) -> tuple[str, ...]:
        """The addresses of the deployment that this function knows."""
        return (self.public_base_url, self.api_base_url)

    @property
    def webhook_base_url(self) -> str:
        """The address at which carriers reach us, for a function that is not asked by one."""
        return self.public_base_url or self.api_base_url

    def reached_at(self, host: str) -> "DeploymentSettings":
        """The settings of a function behind the API: only its requests tell it where that is."""
        return replace(self, api_base_url=f"https://{host}")


def log_level() -> str | int:
    """The least severe level of a log line that is written."""
    return os.environ.get("LOG_LEVEL", logging.INFO)


def runs_in_lambda() -> bool:
    """Tell if Lambda started this process, and not a test or the local stack."""
    return "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ


def is_made_for_a_snapshot() -> bool:
    """Tell if Lambda keeps what this process reads now for all that are restored from it."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"


@cache
def settings() -> DeploymentSettings:
    """The settings, read once. Tests that change the environment call `settings.cache_clear()`."""
    environment = os.environ
    return DeploymentSettings(
        table_name=environment["TABLE_NAME"],
        deployment_secret_arn=environment["DEPLOYMENT_SECRET_ARN"],
        wrapping_key_arn=environment["WRAPPING_KEY_ARN"],
        callback_queue_url=environment.get("CALLBACK_QUEUE_URL", ""),
        callback_dead_letter_queue_url=environment.get("CALLBACK_DEAD_LETTER_QUEUE_URL", ""),
        unreadable_records_queue_url=environment.get("UNREADABLE_RECORDS_QUEUE_URL", ""),
        call_order_queue_url=environment.get("CALL_ORDER_QUEUE_URL", ""),
        session_expiry_default_seconds=int(environment["SESSION_EXPIRY_DEFAULT_SECONDS"]),
        session_expiry_max_seconds=int(environment["SESSION_EXPIRY_MAX_SECONDS"]),
        call_time_limit_default_seconds=int(environment["CALL_TIME_LIMIT_DEFAULT_SECONDS"]),
        ring_timeout_default_seconds=int(environment["RING_TIMEOUT_DEFAULT_SECONDS"]),
        retention_days=int(environment["RETENTION_DAYS"]),
        audit_retention_days=int(environment["AUDIT_RETENTION_DAYS"]),
        pin_length=int(environment["PIN_LENGTH"]),
        pin_guess_window_seconds=int(environment["PIN_GUESS_WINDOW_SECONDS"]),
        pin_slow_after=int(environment["PIN_SLOW_AFTER"]),
        pin_caller_lock_after=int(environment["PIN_CALLER_LOCK_AFTER"]),
        pin_guesses_per_day=int(environment["PIN_GUESSES_PER_DAY"]),
        creates_per_minute=int(environment["CREATES_PER_MINUTE"]),
        calls_per_session=int(environment["CALLS_PER_SESSION"]),
        calls_per_caller_per_hour=int(environment["CALLS_PER_CALLER_PER_HOUR"]),
        public_base_url=environment["PUBLIC_BASE_URL"].rstrip("/"),
        api_base_url=environment.get("API_BASE_URL", "").rstrip("/"),
        allow_loopback_callbacks=environment["ALLOW_LOOPBACK_CALLBACKS"] == "true",
        why_patience_seconds=float(environment["WHY_PATIENCE_SECONDS"]),
    )
