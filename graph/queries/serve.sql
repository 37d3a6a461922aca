-- The tables of serve.sqlite. Everything in it is derived from the Parquet tables by graph.derive_serve.
-- Columns named data, properties, ids … are MessagePack.

-- with row ids: in a table without, a value of more than a quarter of a page takes a page of its own
CREATE TABLE statement (id TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE guideline_row (id TEXT PRIMARY KEY, data BLOB NOT NULL);
-- guideline -> which versions it has and which of its rows supersede others
CREATE TABLE edition (guideline TEXT PRIMARY KEY, editions BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE node (id TEXT PRIMARY KEY, label TEXT NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;

-- Gene, Marker or Disease id -> ids of the statements that it brings into question
CREATE TABLE anchor (id TEXT PRIMARY KEY, statements BLOB NOT NULL) WITHOUT ROWID;
-- Therapy, Drug or Gene id -> ids of the guideline rows that it brings, for a therapy through its components too
CREATE TABLE ruled (id TEXT PRIMARY KEY, guideline_rows BLOB NOT NULL) WITHOUT ROWID;

-- symbols and their synonyms, casefolded; a symbol wins over a synonym
CREATE TABLE gene (symbol TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;
-- oncogenic, activating … by gene symbol
CREATE TABLE variant_class (gene TEXT PRIMARY KEY, classes BLOB NOT NULL) WITHOUT ROWID;
-- genomic allele -> the variants that it is
CREATE TABLE allele (allele TEXT PRIMARY KEY, variants BLOB NOT NULL) WITHOUT ROWID;

-- compartments: its own, or for a broad disease those of its kinds; ancestors: {id: widened}, the disease itself included
CREATE TABLE disease (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, compartment TEXT, compartments BLOB NOT NULL, tissue TEXT,
    obsolete INTEGER NOT NULL, ancestors BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE disease_name (
    folded TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (folded, kind, id, text)
) WITHOUT ROWID;
-- what the positive statements about a disease wait for
CREATE TABLE disease_test (id TEXT PRIMARY KEY, tests BLOB NOT NULL) WITHOUT ROWID;
-- the facts of an institution's own that statements and rows ask for, by name
CREATE TABLE fact (name TEXT PRIMARY KEY) WITHOUT ROWID;
