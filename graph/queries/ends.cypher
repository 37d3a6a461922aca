// Ids of nodes that the server names by its own ids (Neo4j only). $nodes: the server's ids.
// Rows: node (the server's id), id.
MATCH (node)
WHERE elementId(node) IN $nodes
RETURN elementId(node) AS node, node.id AS id
