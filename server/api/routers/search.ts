import { Search, SearchResults } from "@/server/domain/search/schema";
import { search } from "@/server/domain/search/service";
import { procedureFor } from "../procedures";
import { router } from "../trpc";

export const searchRouter = router({
  all: procedureFor("org.search")
    .input(Search)
    .output(SearchResults)
    .query(({ ctx, input }) => search(ctx.actor, ctx.org, input)),
});
