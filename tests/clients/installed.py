"""Where install.sh puts the clients, and the bare environment that they run in."""
import os
import pathlib

CLIENTS = pathlib.Path(os.environ.get('AIGW_CLIENTS') or pathlib.Path(__file__).resolve().parents[2] / 'build/clients')
MODULES = CLIENTS / 'node_modules'
PATH = f'{MODULES}/.bin:{CLIENTS}/claude/node_modules/.bin:{os.environ["PATH"]}'  # the packages' Node comes before the system's


def client_env(**more):
    """Nothing of the caller's: no key, no proxy, no settings."""
    return {'PATH': PATH, 'HOME': '/nonexistent', 'PYTHONDONTWRITEBYTECODE': '1', 'CI': '1', **more}
