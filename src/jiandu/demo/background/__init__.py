"""The clean life of the province, one module an authority: procedure is kept, so that no model finds anything in it."""
