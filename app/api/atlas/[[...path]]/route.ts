import { handleAtlasRequest } from "@/server/rest/production";

export const dynamic = "force-dynamic";

export {
  handleAtlasRequest as DELETE,
  handleAtlasRequest as GET,
  handleAtlasRequest as HEAD,
  handleAtlasRequest as PATCH,
  handleAtlasRequest as POST,
  handleAtlasRequest as PUT,
};
