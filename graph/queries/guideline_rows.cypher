// The guideline rows that limit therapies, themselves or through a component.
// $therapies: ids of Therapies or Drugs.
// Rows: id.
UNWIND $therapies AS therapy
MATCH (:Clew {id: therapy})<-[:EXCLUDES|CAUTIONS|REQUIRES]-(found:Clew:GuidelineRow)
RETURN DISTINCT found.id AS id
UNION
UNWIND $therapies AS therapy
MATCH (:Clew {id: therapy})-[:HAS_COMPONENT]->(:Clew)<-[:EXCLUDES|CAUTIONS|REQUIRES]-(found:Clew:GuidelineRow)
RETURN DISTINCT found.id AS id
