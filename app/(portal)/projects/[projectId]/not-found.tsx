import { NotFoundState } from "@/components/errors/NotFoundState";

export default NotFoundState;
