// An index for questions that start at a node of one type. No parameters.
// `LABEL`, `PROPERTY`, `NAME`: put in as text; a node type of schema.toml, id or name, and the name of the index.
CREATE INDEX `NAME` IF NOT EXISTS FOR (node:`LABEL`) ON (node.`PROPERTY`)
