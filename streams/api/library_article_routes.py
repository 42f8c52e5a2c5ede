"""The address of articles: what may be chosen as what solves an intent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from streams.api.library_answers import ArticlePage
from streams.api.library_routes import Asker, With
from streams.api.openapi import gives
from streams.api.parts import json_answer

articles = APIRouter(prefix="/v1", tags=["library"])


@articles.get("/articles", response_class=Response, responses=gives(ArticlePage, 403, 422))
async def listed(
    asker: Asker,
    parts: With,
    q: Annotated[str, Query(max_length=200, description="Words of title, keywords or id.")] = "",
    article_id: Annotated[
        list[str] | None, Query(max_length=100, description="Only these; may be given again.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Most items.")] = 20,
) -> Response:
    """List articles that are published, by title; those whose title begins with `q` come first."""
    return json_answer(await parts.articles.page(asker.tenant, q, article_id, limit))
