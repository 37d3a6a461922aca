// Ids of the nodes that left with an earlier release and were kept. No parameters.
MATCH (node:ClewRetired)
RETURN DISTINCT node.id AS id
