"""A bucket that everyone may read."""

import json

from adapters.minio.bucket import Bucket
from adapters.minio.location import Addresses, S3Location
from domain.blob_keys import check_key
from domain.object_keys import KEPT


class MinioPublic:
    """Publishes the bucket by a policy, for reading single objects that are kept only; nobody looked at others yet."""

    def __init__(self, bucket: Bucket, location: S3Location) -> None:
        self._bucket = bucket
        self._addresses = Addresses(location)

    async def publish(self) -> None:
        """Set the policy, which replaces any other the bucket had."""
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{self._bucket.name}/{pattern}" for pattern in KEPT],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        await self._bucket.run_in_bucket(self._bucket.client.set_bucket_policy, self._bucket.name, policy)

    def address(self, key: str) -> str:
        """The bucket's own URL of the object."""
        check_key(key)
        return self._addresses.of(key)
