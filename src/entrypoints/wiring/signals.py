"""What carries signals: Redis where there is one, else PostgreSQL where it is the database, else this process."""

from dependency_injector import containers, providers

from entrypoints.settings import Settings
from entrypoints.wiring.parts import Carrier, Redis


def memory() -> Carrier:
    """From task to task; other processes look by themselves."""
    from adapters.memory.signals import MemorySignals

    return Carrier(MemorySignals())


def postgres(settings: Settings) -> Carrier:
    """By the database, over one more connection."""
    from adapters.postgres.signals import PostgresSignals

    signals = PostgresSignals(settings.database)
    return Carrier(signals, held=(signals,))


def shared(server: Redis) -> Carrier:
    """By Redis, which is opened as a whole elsewhere."""
    return Carrier(server.signals)


class Signalling(containers.DeclarativeContainer):
    """The carrier of signals that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    redis: providers.Dependency[Redis | None] = providers.Dependency()
    selected = providers.Selector(
        settings.provided.signals_by,
        memory=providers.Singleton(memory),
        postgres=providers.Singleton(postgres, settings),
        redis=providers.Singleton(shared, redis),
    )
