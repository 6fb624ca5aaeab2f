"""Credentials: what their tables and views mean."""

from analyzer.analyses.credentials.clock import UNMEASURED_NS
from analyzer.store.schema.relations import CLOCK, WALL, table, view

_KINDS = "bearer (access token), session (login), resume, api_key, cookie or other"
_FINGERPRINT = "keyed fingerprint; those of a cookie's chunks joined by +"
_CAUSES = (
    "expired, revoked (refused before its expiry, never accepted again), refused (cannot be "
    "told), missing (no bearer sent), forbidden (a 403 for another reason), page (a 403 in HTML "
    "from a gateway) or masked (an answer in disguise)"
)
_KNOWN_BY = (
    "jwt exp, expires_in, expires field (beside it in a body), cookie Max-Age, cookie Expires "
    "or unknown"
)
_EVENTS = (
    "issued, first_used, refreshed, rotated, expires, used_after_expiry, refused, revoked, "
    "masked, recovered, expired_mid_stream or never_refreshed"
)
_WAYS = """
        bearer | | of these, with a bearer
        cookie_only | | with a login cookie (told by its name) and no bearer
        other | | with another credential in a header
        none | | with none of these
        refused | | 401, or 403 in JSON
        masked | | refused in disguise: an empty list, a 404, an empty session
        pages | | 403 in HTML, from a gateway
"""
_LOST = "first refusal answered until the same user's same call succeeded"

TABLES = (
    table(
        "credentials",
        "One row a credential: its life as far as the capture holds it.",
        f"""
        capture
        fingerprint | | {_FINGERPRINT}
        kind | | {_KINDS}
        names | JSON | the names it stood under
        parts | | chunks of a cookie that were joined; else 1
        length | characters | of the secret
        authority | | host that issued it, else the first that it was sent to
        place | | where it was met first, such as response body accessToken
        exchange_id
        issued_at | {WALL} | its own iat, else when its response came
        expires_at | {WALL} | when it ends, by the service's clock
        expiry_known_by | | {_KNOWN_BY}
        lifetime_ns | ns | expires_at − issued_at
        first_used_ns | {CLOCK} | first request that carried it
        last_used_ns | {CLOCK} | last request that carried it
        requests | | that carried it
        replaced_by | | fingerprint of its successor; empty for none
        replaced_ns | {CLOCK} | when its successor came
        age_at_refresh_ns | ns | how old it was then
        share_used | 1 | age at refresh / lifetime; over 1: refreshed too late
        refused | | requests that were refused because of it
        used_after_expiry | | requests that went out with it after its end
        time_lost_ns | ns | {_LOST}; refusals at once count once
        remaining_ns | ns | until it ends, at the capture's end; negative if that had passed
        refused_from_at | {WALL} | forecast, on the capture's clock: refused from then on
        unmeasurable
        analysis
        """,
    ),
    table(
        "credential_events",
        "What happened to credentials, in order of time.",
        f"""
        capture
        event | | counts from 1
        at_ns | {CLOCK} | when it happened, or was known
        kind | | {_EVENTS}
        credential | | fingerprint; of refreshed and rotated the one that was replaced
        exchange_id
        expires_at | {WALL} | when the credential ends
        detail | | the code of a refusal, the successor, what became of a stream
        analysis
        """,
    ),
    table(
        "credential_incidents",
        "One row an incident: a user's call is refused until it works again. Credentials that "
        "pass in one exchange are one user's.",
        f"""
        capture
        incident | | counts from 1
        exchange_id
        recovered_exchange_id | | the exchange that worked again; NULL if none did
        credential | | fingerprint of what the refused request was made with
        cause | | {_CAUSES}
        method | | of the call
        authority | | of the call
        path | | of the call, without its query
        began_ns | {CLOCK} | the first refusal's response headers came
        recovered_ns | {CLOCK} | the next success's response headers came
        time_lost_ns | ns | recovered_ns − began_ns
        refusals | | refused requests of this call until then
        unmeasurable
        analysis
        """,
    ),
    table(
        "authentication",
        "The authentication map: what the requests of an endpoint were made with.",
        f"""
        capture
        authority | | host and port
        method | | request method
        path | | identifiers folded to {{id}}, without query
        requests | | all of them
        {_WAYS.strip()}
        analysis
        """,
    ),
    table(
        "clock_skew",
        "How far a service's clock is ahead of the capture's, a row a way of measuring. Without "
        f"a Date header, {UNMEASURED_NS // 1_000_000_000} s are allowed for.",
        """
        capture
        authority | | host and port
        measured_by | | Date (of responses no cache had) or iat (of JWTs that came)
        n | | samples
        median_ns | ns | service − capture; a sample is the middle of its second
        lowest_ns | ns | smallest sample
        highest_ns | ns | largest sample
        at_least_ns | ns | bound that the samples leave, as they name whole seconds
        at_most_ns | ns | the other bound
        is_consistent | 0 or 1 | one offset explains all samples
        unmeasurable
        analysis
        """,
    ),
    table(
        "credential_totals",
        "One row a capture: its figures on credentials.",
        f"""
        capture
        credentials | | different ones
        requests | | exchanges
        {_WAYS.strip()}
        incidents | | refusals of one call until it works again
        recovered | | of these, ended by a success
        time_lost_ns | ns | {_LOST}; incidents at once count once
        unmeasurable
        analysis
        """,
    ),
)

VIEWS = (
    view(
        "credential_lives",
        "Credentials in readable units.",
        f"""
        capture
        fingerprint | | {_FINGERPRINT}
        kind | | {_KINDS}
        names | JSON | the names it stood under
        authority | | host that issued it
        place | | where it was met first
        issued_at | {WALL} | its own iat, else when its response came
        expires_at | {WALL} | when it ends
        expiry_known_by | | {_KNOWN_BY}
        lifetime_s | s | expires_at − issued_at
        first_used_at | {WALL} | first request that carried it
        last_used_at | {WALL} | last request that carried it
        requests | | that carried it
        replaced_by | | fingerprint of its successor
        age_at_refresh_s | s | how old it was when its successor came
        share_used_percent | % | of its lifetime until then
        refused | | requests that were refused because of it
        used_after_expiry | | requests that went out after its end
        time_lost_ms | ms | {_LOST}
        remaining_s | s | until it ends, at the capture's end
        refused_from_at | {WALL} | forecast: requests are refused from then on
        """,
    ),
    view(
        "credential_timeline",
        "The events of credentials with their requests.",
        f"""
        capture
        event | | counts from 1
        at | {WALL} | when it happened
        kind | | {_EVENTS}
        of | | the credential's kind
        credential | | fingerprint
        exchange_id
        method | | of the request
        path | | of the request
        status | | of its response
        expires_at | {WALL} | when the credential ends
        detail | | more on it
        """,
    ),
    view(
        "refusals",
        "Incidents in readable units.",
        f"""
        capture
        incident | | counts from 1
        began_at | {WALL} | the first refusal was known
        cause | | {_CAUSES}
        method | | of the call
        authority | | of the call
        path | | of the call
        credential | | fingerprint of what the refused request was made with
        exchange_id
        refusals | | refused requests until it worked
        recovered_exchange_id | | the exchange that worked again
        time_lost_ms | ms | {_LOST}
        why | | why the time lost can't be known
        """,
    ),
)
