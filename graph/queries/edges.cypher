// Every edge of Clew's, for a comparison with the release. No parameters.
// An edge between two of Clew's nodes that names no source and record is somebody else's.
// Rows: source, target (ids), type, properties (provenance and record among them).
MATCH (source:Clew)-[edge]->(target:Clew)
WHERE edge.provenance IS NOT NULL AND edge.record IS NOT NULL
RETURN source.id AS source, target.id AS target, type(edge) AS type, properties(edge) AS properties
