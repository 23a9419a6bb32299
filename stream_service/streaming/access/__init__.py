"""What the cluster must allow to whom: access control lists (ACLs)."""
