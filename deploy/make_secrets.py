"""Makes random secrets for a trial: as manifests for kubectl, or as a folder for compose.

    .venv/bin/python deploy/make_secrets.py | kubectl create -f -
    .venv/bin/python deploy/make_secrets.py --folder deploy/.secrets

Every call makes new ones: servers that were set up with the old ones do not know them.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_hex

from cli.fleet import certificates
from cli.stack import nats, valkey
from cli.stack.databases import SERVICES, database_of, owner_of, role_of

# name of a Secret (the process that mounts it) -> file -> content
Secrets = dict[str, dict[str, str]]

GATEWAYS = ("gateway-http", "gateway-storelink")
# what member calls each process; each has a secret of its own
_NAMES = {**{name: name for name in SERVICES}, "gateway-http": "gateway", "gateway-storelink": "storelink"}
_DOOR_NAMES = ("gateway-storelink", "localhost", "127.0.0.1")

_NATS = """\
server_name: omo
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
max_payload: 1MB
jetstream {{ store_dir: "/data", sync_interval: always, max_mem: 64MB, max_file: 8GB }}
accounts {{
  OMO {{ jetstream: enabled, users: [
{users}
  ] }}
}}
"""
_VALKEY = """\
bind * -::*
port 6379
protected-mode yes
dir /data
save ""
appendonly yes
appendfsync everysec
maxmemory 256mb
maxmemory-policy volatile-lru
user default off
{users}
"""


def make(door_names: Sequence[str] = _DOOR_NAMES) -> Secrets:
    """Everything that is secret in a trial, new and random."""
    passwords = {role: token_hex(24) for name in SERVICES for role in (role_of(name), owner_of(name))}
    seeds = {user: nats.new_seed() for user in nats.USERS}
    keys = {user: token_hex(24) for user in valkey.USERS}
    proofs = {name: token_hex(24) for name in (*SERVICES, "gateway", "storelink", "operator")}
    made: Secrets = {"postgres": {"postgres": token_hex(24), **passwords}}
    made["nats"] = {"nats.conf": _NATS.format(users=",\n".join(nats.entry(*each) for each in seeds.items()))}
    made["valkey"] = {"valkey.conf": _VALKEY.format(users="\n".join(valkey.acl(*each) for each in keys.items()))}
    for name, known in {**_NAMES, "operator": "operator"}.items():
        user = "gateway" if name in GATEWAYS else name
        made[name] = {"nats_seed": seeds[user], "valkey_url": f"redis://{user}:{keys[user]}@valkey:6379/0"}
        made[name]["service_secret"] = proofs[known]
    for name in SERVICES:
        made[name]["postgres_dsn"] = _dsn(role_of(name), passwords, name)
        made[f"{name}-migrations"] = {"migrate_dsn": _dsn(owner_of(name), passwords, name)}
    _particulars(made, proofs)
    _door(made, door_names)
    return made


def _dsn(role: str, passwords: Mapping[str, str], service: str) -> str:
    return f"postgresql://{role}:{passwords[role]}@postgres:5432/{database_of(service)}"


def _particulars(made: Secrets, proofs: Mapping[str, str]) -> None:
    """What only one process holds, and what the simulators sign with."""
    webhook, carrier, line, sms = token_hex(24), token_hex(24), [token_hex(24), token_hex(24)], token_hex(24)
    made["member"] |= {
        "service_secrets": json.dumps(dict(proofs)),
        "key_encryption_key": token_hex(32),
        "lookup_key": token_hex(32),
        "line_channel_token": line[0],
        "line_channel_secret": line[1],
        "sms_webhook_secret": sms,
    }
    made["order"] |= {"page_key": token_hex(24), "pin_key": token_hex(32), "simulator_secret": webhook}
    made["order"]["carrier_secret"] = carrier
    made["attribution"] |= {"page_key": token_hex(24), "staff_token_secret": token_hex(24)}
    made["payment"], made["carrier"] = {"webhook_secret": webhook}, {"webhook_secret": carrier}
    made["messaging"] = {"line_token": line[0], "line_secret": line[1], "sms_secret": sms}


def _door(made: Secrets, names: Sequence[str]) -> None:
    """The store door's certificate by an authority made for this trial; its key is then forgotten."""
    issuer, issuer_key = certificates.authority()
    shown, key = certificates.door(issuer, issuer_key, names)
    made["gateway-storelink"] |= {"tls_certificate": certificates.pem(shown), "tls_key": certificates.pem_of_key(key)}
    made["operator"]["door_ca"] = certificates.pem(issuer)


def manifests(made: Secrets, namespace: str) -> dict[str, object]:
    """The secrets as kubectl takes them; JSON is YAML."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/part-of": "omo"}},
            "type": "Opaque",
            "stringData": files,
        }
        for name, files in made.items()
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def write(made: Secrets, folder: Path) -> None:
    """One folder per process: only we may enter `folder`, but a container's user may read what is mounted from it."""
    folder.mkdir(mode=0o700, parents=True)
    for name, files in made.items():
        (folder / name).mkdir()
        (folder / name).chmod(0o755)
        for file, content in files.items():
            (folder / name / file).write_text(content)
            (folder / name / file).chmod(0o444)


def main() -> int:
    """Prints manifests, or writes a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--namespace", default="omo-trial", help="of the manifests (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="write files here instead of printing manifests")
    parser.add_argument("--door", action="append", default=[], help="one more name or address of the store door")
    asked = parser.parse_args()
    made = make((*_DOOR_NAMES, *asked.door))
    if asked.folder is None:
        json.dump(manifests(made, asked.namespace), sys.stdout, indent=1)
    elif asked.folder.exists():
        sys.stderr.write(f"{asked.folder} is there already; remove it, and the data that was made with it, first\n")
        return 1
    else:
        write(made, asked.folder)
        sys.stderr.write(f"wrote {asked.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
