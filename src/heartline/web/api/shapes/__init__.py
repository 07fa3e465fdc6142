"""What the API answers with: a struct for each noun, and how it is told from our records. One module an area."""
